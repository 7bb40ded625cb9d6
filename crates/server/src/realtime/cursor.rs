//! The cursors of a session: what it has sent of each conversation and of the inbox.

use std::collections::BTreeMap;

use deskbell_protocol::{ConversationId, Position, Seq, limits};
use deskbell_store::simulation::{self, Flaw};

/// The cursor of one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    /// All messages up to this one were sent; further ones are forwarded.
    Live(Seq),
    /// The client was informed that there is more, and loads it: no event is forwarded until then.
    CatchingUp,
}

/// How to handle a message, or a change of the inbox, that the hub delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Skip it: the client has it, or will load it.
    Skip,
    /// Send it: it is the next one.
    Send,
    /// Read the missing ones after this one from the database.
    FillFrom(Seq),
}

/// The cursors of a session, at most [`limits::SUBSCRIPTIONS`].
#[derive(Default)]
pub(super) struct Cursors(BTreeMap<ConversationId, Cursor>);

impl Cursors {
    /// Whether another conversation can be followed.
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

    /// The conversations that are up to date, each with the last message that was sent.
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

/// The cursor of the inbox: the last position that was sent, if it is followed.
#[derive(Default)]
pub(super) struct InboxCursor(Option<Position>);

impl InboxCursor {
    pub(super) fn go_live(&mut self, position: Position) {
        self.0 = Some(position);
    }

    /// The last position that was sent, if the inbox is followed.
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
