//! Cursors: the last event that a session has delivered of each conversation, of its notes, and of the inbox,
//! that it follows.
//!
//! What a session reads from the database and what the hub delivers can overlap, and deliveries of
//! several nodes arrive in any order: a node that was stalled sends its packets late. The cursors
//! detect repeats, gaps, and events that are older than the state of the client.

use std::collections::BTreeMap;

use deskbell_protocol::{
    Conversation, ConversationId, Position, Receipts, SeenMarker, Seq, limits,
};
use deskbell_store::simulation::{self, Flaw};

/// The messages, or the notes, of one conversation that were delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivered {
    /// All up to here; new ones follow.
    UpTo(Seq),
    /// The client knows that there are more, and requests them: new ones can wait.
    CatchingUp,
}

/// The decision about a message, or about a change of the inbox, that the hub delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The client has it, or will request it.
    Skip,
    /// Send it: it is the next one.
    Send,
    /// Read the missing ones after this one from the database.
    FillFrom(Seq),
}

impl Delivered {
    /// Decides what to do with the message or note of this number.
    fn step(&mut self, seq: Seq) -> Step {
        match self {
            Self::UpTo(at) if seq == *at + 1 => {
                *at = seq;
                Step::Send
            }
            Self::UpTo(at) if seq > *at + 1 => Step::FillFrom(*at),
            _ => Step::Skip,
        }
    }
}

/// The cursor of one conversation.
struct Cursor {
    id: ConversationId,
    delivered: Delivered,
    /// The revision of the newest head that was sent.
    revision: i64,
    /// The highest receipts that were sent.
    receipts: Receipts,
}

/// The cursors of the conversations that a session follows, at most [`limits::SUBSCRIPTIONS`], by
/// their id. A vector, because nearly all sessions follow one or two.
#[derive(Default)]
pub(super) struct Cursors(Vec<Cursor>);

impl Cursors {
    /// Whether another conversation can be followed.
    pub(super) fn has_room_for(&self, id: ConversationId) -> bool {
        self.has(id) || self.0.len() < limits::SUBSCRIPTIONS
    }

    /// Whether a conversation is followed.
    pub(super) fn has(&self, id: ConversationId) -> bool {
        self.index_of(id).is_ok()
    }

    /// Starts over with the answer to a subscription: this head, these receipts, and all messages up
    /// to `seq`; `None`: the client requests more first.
    pub(super) fn begin(&mut self, head: &Conversation, receipts: Receipts, seq: Option<Seq>) {
        let cursor = Cursor {
            id: head.id,
            delivered: seq.map_or(Delivered::CatchingUp, Delivered::UpTo),
            revision: head.revision,
            receipts,
        };
        match self.index_of(head.id) {
            Ok(index) => self.0[index] = cursor,
            Err(index) => {
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
                self.0.insert(index, cursor);
            }
        }
    }

    /// Records that all messages up to `seq` were sent.
    pub(super) fn advance(&mut self, id: ConversationId, seq: Seq) {
        if let Some(cursor) = self.find(id) {
            cursor.delivered = Delivered::UpTo(seq);
        }
    }

    /// Ends a subscription.
    pub(super) fn forget(&mut self, id: ConversationId) {
        if let Ok(index) = self.index_of(id) {
            self.0.remove(index);
        }
    }

    /// The conversations whose messages are delivered, and the last one that was.
    pub(super) fn live(&self) -> Vec<(ConversationId, Seq)> {
        let cursors = self.0.iter();
        let live = cursors.filter_map(|cursor| match cursor.delivered {
            Delivered::UpTo(seq) => Some((cursor.id, seq)),
            Delivered::CatchingUp => None,
        });
        live.collect()
    }

    /// Decides what to do with a message.
    pub(super) fn step(&mut self, id: ConversationId, seq: Seq) -> Step {
        if simulation::has(Flaw::IgnoreCursor) {
            return Step::Send;
        }
        match self.find(id).map(|cursor| &mut cursor.delivered) {
            Some(Delivered::UpTo(at)) if seq > *at + 1 && simulation::has(Flaw::LeaveGap) => {
                *at = seq;
                Step::Send
            }
            Some(delivered) => delivered.step(seq),
            None => Step::Skip,
        }
    }

    /// Records a head that is to be sent. False if the client has a newer one.
    pub(super) fn raise_revision(&mut self, id: ConversationId, revision: i64) -> bool {
        let Some(cursor) = self.find(id) else {
            return true;
        };
        let is_older = revision < cursor.revision;
        cursor.revision = cursor.revision.max(revision);
        !is_older
    }

    /// Whether the head with this revision was sent.
    pub(super) fn has_revision(&self, id: ConversationId, revision: i64) -> bool {
        let index = self.index_of(id).ok();
        index.is_some_and(|index| self.0[index].revision == revision)
    }

    /// Records receipts that are to be sent. False if the client has them, or later ones.
    pub(super) fn raise_receipts(&mut self, id: ConversationId, receipts: Receipts) -> bool {
        self.find(id)
            .is_none_or(|cursor| cursor.receipts.merge(receipts))
    }

    /// The index of a conversation, or where it would be inserted.
    fn index_of(&self, id: ConversationId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, |cursor| cursor.id)
    }

    fn find(&mut self, id: ConversationId) -> Option<&mut Cursor> {
        let index = self.index_of(id).ok()?;
        self.0.get_mut(index)
    }
}

/// The cursors of the notes of conversations, which agents follow beside their messages.
#[derive(Default)]
pub(super) struct NoteCursors(BTreeMap<ConversationId, Delivered>);

impl NoteCursors {
    /// Starts over with the answer to a subscription: all notes up to `seq`; `None`: the client requests
    /// more first.
    pub(super) fn begin(&mut self, id: ConversationId, seq: Option<Seq>) {
        let delivered = seq.map_or(Delivered::CatchingUp, Delivered::UpTo);
        self.0.insert(id, delivered);
    }

    /// Ends a subscription.
    pub(super) fn forget(&mut self, id: ConversationId) {
        self.0.remove(&id);
    }

    /// The conversations whose notes are delivered, and the last one that was.
    pub(super) fn live(&self) -> Vec<(ConversationId, Seq)> {
        let cursors = self.0.iter();
        let live = cursors.filter_map(|(id, delivered)| match delivered {
            Delivered::UpTo(seq) => Some((*id, *seq)),
            Delivered::CatchingUp => None,
        });
        live.collect()
    }

    /// Decides what to do with a note.
    pub(super) fn step(&mut self, id: ConversationId, seq: Seq) -> Step {
        let delivered = self.0.get_mut(&id);
        delivered.map_or(Step::Skip, |delivered| delivered.step(seq))
    }
}

/// The cursor of the inbox: all changes up to this position were sent, if it is followed.
#[derive(Default)]
pub(super) struct InboxCursor(Option<Position>);

impl InboxCursor {
    /// Records that all changes up to `position` were sent.
    pub(super) fn advance(&mut self, position: Position) {
        self.0 = Some(position);
    }

    /// The last change that was sent, if the inbox is followed.
    pub(super) fn live(&self) -> Option<Position> {
        self.0
    }

    /// Decides what to do with a change.
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

/// The number of conversations of which a session remembers the marker that it sent. Of others a
/// marker that arrives late is sent, and the client keeps the higher one.
const MARKERS: usize = 1_000;

/// The highest markers that were sent to an agent, by conversation.
#[derive(Default)]
pub(super) struct MarkerCursors(BTreeMap<ConversationId, Seq>);

impl MarkerCursors {
    /// Records a marker that is to be sent. False if the client has it, or a later one.
    pub(super) fn raise(&mut self, marker: SeenMarker) -> bool {
        if let Some(sent) = self.0.get_mut(&marker.conversation_id) {
            let is_higher = marker.seq > *sent;
            *sent = marker.seq.max(*sent);
            return is_higher;
        }
        if self.0.len() == MARKERS {
            // Ids begin with their time: the oldest conversation is the least likely to be read.
            self.0.pop_first();
        }
        self.0.insert(marker.conversation_id, marker.seq);
        true
    }
}
