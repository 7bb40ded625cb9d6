//! Typing indicators and read receipts.

use deskbell_protocol::{Command, ConversationId, Receipts, Sender};

use super::Engine;
use super::turn::Turn;
use crate::effect::Change;
use crate::input::Side;
use crate::receipts::Reach;
use crate::requests::Asked;
use crate::timeline::Sync;

impl Engine {
    /// The read receipts of both sides of a conversation; they never decrease.
    pub fn receipts(&self, id: ConversationId) -> Receipts {
        let timeline = self.timelines.get(id);
        timeline.map_or_else(Receipts::default, |timeline| timeline.reading.receipts)
    }

    /// The other people who are typing in a conversation. Of those that are not open only the visitor is
    /// known.
    pub fn typists(&self, id: ConversationId) -> impl Iterator<Item = &Sender> {
        self.typing.typists(id)
    }

    /// Visitor: whether an agent is online; `None` if it is not known yet.
    pub fn team_online(&self) -> Option<bool> {
        self.team_online
    }

    /// Removes expired indicators and sends receipts, at the end of each turn.
    pub(super) fn attend(&mut self, turn: &mut Turn<'_>) {
        for id in self.typing.end(turn.now) {
            self.changed_conversation(id, turn);
        }
        for id in self.timeline_ids() {
            self.send_receipt(id, false, turn);
        }
    }

    /// Sends that the person is typing, or has stopped.
    pub(super) fn type_in(
        &mut self,
        id: Option<ConversationId>,
        active: bool,
        turn: &mut Turn<'_>,
    ) {
        let Some(id) = id.or(self.own) else { return };
        if self.is_followed(id) && self.typing.say(id, active, turn.now) {
            let command = Command::Typing {
                conversation_id: id,
                active,
            };
            self.ask(Asked::Nothing, command, turn);
        }
    }

    /// Sends a receipt, if there is a new one and the interval is over.
    pub(super) fn send_receipt(&mut self, id: ConversationId, hurry: bool, turn: &mut Turn<'_>) {
        if !self.is_followed(id) {
            return;
        }
        let known = self.known_reach(id);
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let held = timeline.last_of_others(self.side);
        if self.looking {
            timeline.reading.see(held);
        }
        if let Some(reach) = timeline.reading.take(held, known, turn.now, hurry) {
            let command = Command::Receipt {
                conversation_id: id,
                delivered: Some(reach.delivered),
                seen: (reach.seen > 0).then_some(reach.seen),
            };
            self.ask(Asked::Nothing, command, turn);
        }
    }

    /// When the next of these timeouts is due.
    pub(super) fn attention_due(&self) -> Option<i64> {
        let receipts = self.timelines.iter().filter_map(|(id, timeline)| {
            let held = timeline.last_of_others(self.side);
            let due = timeline.reading.due(held, self.known_reach(id));
            due.filter(|_| self.is_followed(id))
        });
        receipts.chain(self.typing.due()).min()
    }

    /// Applies receipts.
    pub(super) fn apply_receipts(
        &mut self,
        id: ConversationId,
        receipts: Receipts,
        turn: &mut Turn<'_>,
    ) {
        if let Some(timeline) = self.timelines.get_mut(id)
            && timeline.reading.receipts.merge(receipts)
        {
            self.changed_conversation(id, turn);
        }
    }

    pub(super) fn apply_typing(
        &mut self,
        id: ConversationId,
        sender: &Sender,
        active: bool,
        turn: &mut Turn<'_>,
    ) {
        if self.typing.update(id, sender, active, turn.now) {
            self.changed_conversation(id, turn);
        }
    }

    pub(super) fn changed_conversation(&self, id: ConversationId, turn: &mut Turn<'_>) {
        turn.changed(Change::Conversation(id));
        if self.own == Some(id) {
            turn.changed(Change::Own);
        }
    }

    fn is_followed(&self, id: ConversationId) -> bool {
        let timeline = self.timelines.get(id);
        self.link.is_live()
            && timeline.is_some_and(|timeline| timeline.open && timeline.sync == Sync::Live)
    }

    /// Our receipts in a conversation, as the server has them.
    fn known_reach(&self, id: ConversationId) -> Reach {
        let told = self.receipts(id);
        match self.side {
            Side::Visitor => Reach {
                delivered: told.visitor_delivered,
                seen: told.visitor_seen,
            },
            #[cfg(feature = "agent")]
            Side::Agent => Reach {
                delivered: told.agent_delivered,
                // A colleague may have seen more than we have.
                seen: self.marked(id),
            },
            #[cfg(not(feature = "agent"))]
            Side::Agent => Reach::default(),
        }
    }
}
