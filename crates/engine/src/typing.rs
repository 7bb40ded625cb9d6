//! Typing indicators: who is typing, and when our own was last sent.

use deskbell_protocol::limits::{TYPING_EVERY_MS, TYPING_MS};
use deskbell_protocol::{ConversationId, Sender, UnixMs};

/// The people who are typing, in all conversations.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    others: Vec<Typist>,
    /// The conversation in which we type, and when that was last sent.
    own: Option<(ConversationId, UnixMs)>,
}

#[derive(Debug)]
struct Typist {
    conversation_id: ConversationId,
    sender: Sender,
    until: UnixMs,
}

impl Typing {
    /// The people who are typing in a conversation, the longest first.
    pub(crate) fn typists(&self, id: ConversationId) -> impl Iterator<Item = &Sender> {
        let here = self
            .others
            .iter()
            .filter(move |it| it.conversation_id == id);
        here.map(|typist| &typist.sender)
    }

    /// Records that a person is typing or has stopped; returns whether that is a change.
    pub(crate) fn update(
        &mut self,
        conversation_id: ConversationId,
        sender: &Sender,
        active: bool,
        now: UnixMs,
    ) -> bool {
        let index = self
            .others
            .iter()
            .position(|it| it.conversation_id == conversation_id && it.sender == *sender);
        let until = now + i64::from(TYPING_MS);
        match (index, active) {
            (Some(index), true) => self.others[index].until = until,
            (Some(index), false) => drop(self.others.remove(index)),
            (None, true) => self.others.push(Typist {
                conversation_id,
                sender: sender.clone(),
                until,
            }),
            (None, false) => {}
        }
        index.is_some() != active
    }

    /// Records that a text of the visitor has arrived, which ends their typing.
    pub(crate) fn visitor_wrote(&mut self, id: ConversationId) {
        self.others
            .retain(|it| it.conversation_id != id || !matches!(it.sender, Sender::Visitor { .. }));
    }

    /// Removes expired indicators; returns their conversations.
    pub(crate) fn expire(&mut self, now: UnixMs) -> Vec<ConversationId> {
        let is_expired = |it: &Typist| it.until <= now;
        let expired = self.others.iter().filter(|it| is_expired(it));
        let expired = expired.map(|it| it.conversation_id).collect();
        self.others.retain(|it| !is_expired(it));
        expired
    }

    /// When the next one expires.
    pub(crate) fn due(&self) -> Option<UnixMs> {
        self.others.iter().map(|it| it.until).min()
    }

    /// Records that we type or have stopped; returns whether that has to be sent.
    pub(crate) fn set_own(&mut self, id: ConversationId, active: bool, now: UnixMs) -> bool {
        let sent = self.own.filter(|(own, _)| *own == id);
        if active {
            let is_recent = sent.is_some_and(|(_, at)| now - at < i64::from(TYPING_EVERY_MS));
            if !is_recent {
                self.own = Some((id, now));
            }
            !is_recent
        } else {
            if sent.is_some() {
                self.own = None;
            }
            sent.is_some()
        }
    }

    /// Records that our text was sent, which ends our typing for others.
    pub(crate) fn sent(&mut self) {
        self.own = None;
    }

    /// Removes all indicators after a disconnect; returns their conversations.
    pub(crate) fn disconnected(&mut self) -> Vec<ConversationId> {
        self.own = None;
        self.expire(UnixMs::MAX)
    }
}
