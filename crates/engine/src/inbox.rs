//! The conversations of which this client has a copy, and the list of those in the inbox.
//!
//! An inbox is a snapshot and the changes since, each with a position. After a reconnect the client
//! requests the changes since the last position and keeps the rest.

#[cfg(feature = "agent")]
use std::cmp::Reverse;

use deskbell_protocol::{Conversation, ConversationId, UnixMs};
#[cfg(feature = "agent")]
use deskbell_protocol::{Position, Queue, Status};

/// An agent's list of conversations.
#[derive(Debug, Default)]
pub struct Inbox {
    /// By id, which is the order in which they were started. A list, because the code of a map is large
    /// in a browser; new ones are added at the end.
    entries: Vec<Entry>,
    /// The position of the last change; `None` until the list is loaded.
    #[cfg(feature = "agent")]
    position: Option<Position>,
    #[cfg(feature = "agent")]
    queue: Queue,
    #[cfg(feature = "agent")]
    next_cursor: Option<String>,
    pub(crate) followed: bool,
    #[cfg(feature = "agent")]
    pub(crate) attempts: u32,
    pub(crate) retry_at: Option<UnixMs>,
}

/// The newest copy of a conversation.
#[derive(Debug)]
struct Entry {
    copy: Conversation,
    is_listed: bool,
    /// Whether it has changed since the snapshot was requested, which may be older.
    changed_since_request: bool,
}

impl Inbox {
    /// The newest copy of a conversation, whether it is in the list or not.
    pub fn get(&self, id: ConversationId) -> Option<&Conversation> {
        let index = self.index_of(id).ok()?;
        Some(&self.entries[index].copy)
    }

    /// Stores a copy if it is newer; returns whether anything has changed.
    pub(crate) fn update(&mut self, conversation: Conversation) -> bool {
        match self.index_of(conversation.id) {
            Ok(index) => {
                let entry = &mut self.entries[index];
                let is_newer = entry.copy.revision < conversation.revision;
                let is_changed = is_newer || self.followed && !entry.is_listed;
                entry.is_listed |= self.followed;
                entry.changed_since_request |= self.followed;
                if is_newer {
                    entry.copy = conversation;
                }
                is_changed
            }
            Err(index) => {
                let entry = Entry {
                    is_listed: self.followed,
                    changed_since_request: self.followed,
                    copy: conversation,
                };
                self.entries.insert(index, entry);
                true
            }
        }
    }

    /// Accepts any copy as newer from now on: the server was restored from a backup, so its revisions
    /// are lower than ours.
    pub(crate) fn reset_revisions(&mut self) {
        for entry in &mut self.entries {
            entry.copy.revision = -1;
        }
    }

    /// The index of a conversation, or where it would be inserted.
    fn index_of(&self, id: ConversationId) -> Result<usize, usize> {
        self.entries
            .binary_search_by_key(&id, |entry| entry.copy.id)
    }
}

#[cfg(feature = "agent")]
impl Inbox {
    /// The list: waiting ones first, in the order of the queue (the highest priority first, then the longest
    /// wait); then the others, the newest message on top.
    pub fn rows(&self) -> Vec<&Conversation> {
        let listed = self.entries.iter().filter(|entry| entry.is_listed);
        let mut rows: Vec<_> = listed.map(|entry| &entry.copy).collect();
        rows.sort_by_key(|row| match row.status {
            Status::Waiting => (
                row.queue_order(),
                Reverse(0),
                row.waiting_since.unwrap_or(row.created_at),
                row.id,
            ),
            _ => (i64::MAX, Reverse(row.last_message_at), 0, row.id),
        });
        rows
    }

    /// Whether the list is loaded.
    pub fn is_loaded(&self) -> bool {
        self.position.is_some()
    }

    /// The position of the last change; `None` until the list is loaded.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The number of conversations by status, including those that are not in the list.
    pub fn queue(&self) -> Queue {
        self.queue
    }

    /// The cursor of the next page of `GET /api/v1/conversations`, for [`crate::Action::ListMore`];
    /// `None` if the list is complete.
    pub fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }

    /// Discards the position, so that the next request asks for a snapshot.
    pub(crate) fn reset(&mut self) {
        self.position = None;
        self.reset_revisions();
    }

    /// Records that a snapshot is being requested.
    pub(crate) fn requested(&mut self) {
        for entry in &mut self.entries {
            entry.changed_since_request = false;
        }
        self.retry_at = None;
    }

    /// Starts to apply a snapshot at `position`: conversations that are neither in it nor newer leave
    /// the list.
    pub(crate) fn replace(&mut self, position: Position, next_cursor: Option<String>) {
        for entry in &mut self.entries {
            entry.is_listed = std::mem::take(&mut entry.changed_since_request);
        }
        self.position = Some(position);
        self.next_cursor = next_cursor;
        self.attempts = 0;
    }

    /// Sets the position and the counters, unless they are older than the current ones.
    pub(crate) fn advance(&mut self, position: Position, queue: Queue) {
        if self.position.is_some_and(|at| at <= position) {
            self.position = Some(position);
            self.queue = queue;
            self.attempts = 0;
        }
    }

    /// Records that the page at `cursor` has arrived; returns whether it was expected, which it is not
    /// after a new snapshot.
    pub(crate) fn advance_cursor(&mut self, cursor: &str, next_cursor: Option<String>) -> bool {
        let is_expected = self.next_cursor() == Some(cursor);
        if is_expected {
            self.next_cursor = next_cursor;
        }
        is_expected
    }
}
