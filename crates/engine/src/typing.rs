//! Who is writing, and whether others have been told that we are.

use deskbell_protocol::limits::{TYPING_EVERY_MS, TYPING_MS};
use deskbell_protocol::{ConversationId, Sender, UnixMs};

/// Those who are writing, in all conversations.
#[derive(Debug, Default)]
pub(crate) struct Typing {
    others: Vec<Typist>,
    /// Where we are, and when that was said.
    own: Option<(ConversationId, UnixMs)>,
}

#[derive(Debug)]
struct Typist {
    conversation_id: ConversationId,
    sender: Sender,
    until: UnixMs,
}

impl Typing {
    /// Who is writing in a conversation, the longest first.
    pub(crate) fn typists(&self, id: ConversationId) -> impl Iterator<Item = &Sender> {
        let here = self
            .others
            .iter()
            .filter(move |it| it.conversation_id == id);
        here.map(|typist| &typist.sender)
    }

    /// Somebody is writing, or has stopped; says whether that is new.
    pub(crate) fn hear(
        &mut self,
        conversation_id: ConversationId,
        sender: &Sender,
        active: bool,
        now: UnixMs,
    ) -> bool {
        let place = self
            .others
            .iter()
            .position(|it| it.conversation_id == conversation_id && it.sender == *sender);
        let until = now + i64::from(TYPING_MS);
        match (place, active) {
            (Some(place), true) => self.others[place].until = until,
            (Some(place), false) => drop(self.others.remove(place)),
            (None, true) => self.others.push(Typist {
                conversation_id,
                sender: sender.clone(),
                until,
            }),
            (None, false) => {}
        }
        place.is_some() != active
    }

    /// The visitor's text has come: they are not writing it any more.
    pub(crate) fn visitor_wrote(&mut self, id: ConversationId) {
        self.others
            .retain(|it| it.conversation_id != id || !matches!(it.sender, Sender::Visitor { .. }));
    }

    /// Those who have not been heard of for too long have stopped; says where.
    pub(crate) fn end(&mut self, now: UnixMs) -> Vec<ConversationId> {
        let ended = |it: &Typist| it.until <= now;
        let places = self.others.iter().filter(|it| ended(it));
        let places = places.map(|it| it.conversation_id).collect();
        self.others.retain(|it| !ended(it));
        places
    }

    /// When the next of them has stopped.
    pub(crate) fn due(&self) -> Option<UnixMs> {
        self.others.iter().map(|it| it.until).min()
    }

    /// We are writing, or have stopped; says whether that is to be said.
    pub(crate) fn say(&mut self, id: ConversationId, active: bool, now: UnixMs) -> bool {
        let said = self.own.filter(|(place, _)| *place == id);
        if active {
            let is_known = said.is_some_and(|(_, at)| now - at < i64::from(TYPING_EVERY_MS));
            if !is_known {
                self.own = Some((id, now));
            }
            !is_known
        } else {
            if said.is_some() {
                self.own = None;
            }
            said.is_some()
        }
    }

    /// What we wrote was sent: that says enough.
    pub(crate) fn sent(&mut self) {
        self.own = None;
    }

    /// The connection is gone; says where somebody was writing.
    pub(crate) fn disconnected(&mut self) -> Vec<ConversationId> {
        self.own = None;
        self.end(UnixMs::MAX)
    }
}
