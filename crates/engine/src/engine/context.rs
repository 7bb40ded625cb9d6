//! The context of one call of the engine: its time, its random numbers, and its effects.

use deskbell_protocol::{ClientFrame, ClientMessageId, Command, ConversationId, ErrorBody, UnixMs};

use crate::effect::{Change, Effect};

pub(super) struct Context<'a> {
    pub(super) now: UnixMs,
    random: &'a mut dyn FnMut() -> [u8; 10],
    pub(super) effects: Vec<Effect>,
}

impl<'a> Context<'a> {
    pub(super) fn new(now: UnixMs, random: &'a mut dyn FnMut() -> [u8; 10]) -> Self {
        Self {
            now,
            random,
            effects: Vec::new(),
        }
    }

    pub(super) fn transmit(&mut self, id: u32, command: Command) {
        self.effects
            .push(Effect::Transmit(ClientFrame { id, command }));
    }

    /// Adds a change, once per call.
    pub(super) fn changed(&mut self, change: Change) {
        let is_added =
            |effect: &Effect| matches!(effect, Effect::Changed(other) if *other == change);
        if !self.effects.iter().any(is_added) {
            self.effects.push(Effect::Changed(change));
        }
    }

    pub(super) fn refused(
        &mut self,
        action: &'static str,
        conversation_id: Option<ConversationId>,
        error: ErrorBody,
    ) {
        self.effects.push(Effect::Refused {
            action,
            conversation_id,
            error,
        });
    }

    pub(super) fn client_id(&mut self) -> ClientMessageId {
        ClientMessageId::from_parts(self.now, (self.random)())
    }

    /// A random number.
    pub(super) fn random_u32(&mut self) -> u32 {
        let [a, b, c, d, ..] = (self.random)();
        u32::from_le_bytes([a, b, c, d])
    }
}
