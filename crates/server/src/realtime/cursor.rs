//! How far a session has got in the conversations and in the inbox it follows.

use std::collections::BTreeMap;

use deskbell_protocol::{ConversationId, Position, Seq, limits};
use deskbell_store::simulation::{self, Flaw};

/// Where a session stands in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    /// Everything up to here was sent; news follow.
    Live(Seq),
    /// The client has been told that there is more, and asks for it: news can wait.
    CatchingUp,
}

/// What to do with a message, or with a change of the inbox, that the hub announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The client has it, or will ask for it.
    Skip,
    /// It is the next one.
    Send,
    /// Others come before it: read them from the database, after this one.
    FillFrom(Seq),
}

/// The cursors of a session, at most [`limits::SUBSCRIPTIONS`].
#[derive(Default)]
pub(super) struct Cursors(BTreeMap<ConversationId, Cursor>);

impl Cursors {
    /// Whether another conversation may be followed.
    pub(super) fn has_room_for(&self, id: ConversationId) -> bool {
        self.0.contains_key(&id) || self.0.len() < limits::SUBSCRIPTIONS
    }

    /// Whether a conversation is followed.
    pub(super) fn has(&self, id: ConversationId) -> bool {
        self.0.contains_key(&id)
    }

    pub(super) fn catch_up(&mut self, id: ConversationId) {
        self.0.insert(id, Cursor::CatchingUp);
    }

    pub(super) fn go_live(&mut self, id: ConversationId, seq: Seq) {
        self.0.insert(id, Cursor::Live(seq));
    }

    pub(super) fn forget(&mut self, id: ConversationId) {
        self.0.remove(&id);
    }

    /// Where it is live, and the last message it has sent there.
    pub(super) fn live(&self) -> Vec<(ConversationId, Seq)> {
        let cursors = self.0.iter();
        let live = cursors.filter_map(|(id, cursor)| match cursor {
            Cursor::Live(seq) => Some((*id, *seq)),
            Cursor::CatchingUp => None,
        });
        live.collect()
    }

    pub(super) fn step(&mut self, id: ConversationId, seq: Seq) -> Step {
        if simulation::has(Flaw::IgnoreCursor) {
            return Step::Send;
        }
        match self.0.get_mut(&id) {
            Some(Cursor::Live(at)) if seq == *at + 1 => {
                *at = seq;
                Step::Send
            }
            Some(Cursor::Live(at)) if seq > *at + 1 && simulation::has(Flaw::LeaveGap) => {
                *at = seq;
                Step::Send
            }
            Some(Cursor::Live(at)) if seq > *at + 1 => Step::FillFrom(*at),
            _ => Step::Skip,
        }
    }
}

/// Where a session stands in its inbox: everything up to here was sent, if it is followed.
#[derive(Default)]
pub(super) struct InboxCursor(Option<Position>);

impl InboxCursor {
    pub(super) fn go_live(&mut self, position: Position) {
        self.0 = Some(position);
    }

    /// The last change it has sent, if it is followed.
    pub(super) fn live(&self) -> Option<Position> {
        self.0
    }

    pub(super) fn step(&mut self, position: Position) -> Step {
        match &mut self.0 {
            Some(at) if position == *at + 1 => {
                *at = position;
                Step::Send
            }
            Some(at) if position > *at + 1 => Step::FillFrom(*at),
            _ => Step::Skip,
        }
    }
}
