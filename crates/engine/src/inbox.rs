//! Every conversation this client knows of, and which of them stand in the inbox.
//!
//! An inbox is a snapshot and the changes since, each with a position. Whoever comes back asks for
//! what has changed since the last one and keeps the rest.

#[cfg(feature = "agent")]
use std::cmp::Reverse;

use deskbell_protocol::{Conversation, ConversationId, UnixMs};
#[cfg(feature = "agent")]
use deskbell_protocol::{Position, Queue, Status};

/// An agent's list of conversations.
#[derive(Debug, Default)]
pub struct Inbox {
    /// By id, which is the order in which they began. A list, not a map, whose code weighs more in a
    /// browser: what is new stands at its end.
    known: Vec<Known>,
    /// The last change that is known; `None` until the list has come.
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
struct Known {
    copy: Conversation,
    is_listed: bool,
    /// Changed since the snapshot was asked for, which may be too old to have it.
    is_news: bool,
}

impl Inbox {
    /// The newest copy of a conversation, whether it is in the list or not.
    pub fn get(&self, id: ConversationId) -> Option<&Conversation> {
        let place = self.place(id).ok()?;
        Some(&self.known[place].copy)
    }

    /// Takes a copy if it is newer than the one at hand; says whether anything is new.
    pub(crate) fn learn(&mut self, conversation: Conversation) -> bool {
        match self.place(conversation.id) {
            Ok(place) => {
                let known = &mut self.known[place];
                let is_newer = known.copy.revision < conversation.revision;
                let is_new = is_newer || self.followed && !known.is_listed;
                known.is_listed |= self.followed;
                known.is_news |= self.followed;
                if is_newer {
                    known.copy = conversation;
                }
                is_new
            }
            Err(place) => {
                let known = Known {
                    is_listed: self.followed,
                    is_news: self.followed,
                    copy: conversation,
                };
                self.known.insert(place, known);
                true
            }
        }
    }

    /// Where a conversation stands, or would.
    fn place(&self, id: ConversationId) -> Result<usize, usize> {
        self.known.binary_search_by_key(&id, |known| known.copy.id)
    }
}

#[cfg(feature = "agent")]
impl Inbox {
    /// The list: waiting ones first, the longest wait on top; then the others, the newest
    /// message on top.
    pub fn rows(&self) -> Vec<&Conversation> {
        let listed = self.known.iter().filter(|known| known.is_listed);
        let mut rows: Vec<_> = listed.map(|known| &known.copy).collect();
        rows.sort_by_key(|row| match row.status {
            Status::Waiting => (
                0,
                Reverse(0),
                row.waiting_since.unwrap_or(row.created_at),
                row.id,
            ),
            _ => (1, Reverse(row.last_message_at), 0, row.id),
        });
        rows
    }

    /// Whether the list has come; until then it says nothing.
    pub fn is_loaded(&self) -> bool {
        self.position.is_some()
    }

    /// The last change that is known; `None` until the list has come.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// How many conversations stand where, also of those that are not in the list.
    pub fn queue(&self) -> Queue {
        self.queue
    }

    /// Asks `GET /api/v1/conversations` for what follows in the list, to be given to
    /// [`crate::Action::ListMore`]; `None` if all of it is here.
    pub fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }

    /// A snapshot is being asked for.
    pub(crate) fn asked(&mut self) {
        for known in &mut self.known {
            known.is_news = false;
        }
        self.retry_at = None;
    }

    /// The snapshot is about to come, and goes up to `position`: what it does not hold and is not
    /// newer is not in the list any more.
    pub(crate) fn replace(&mut self, position: Position, next_cursor: Option<String>) {
        for known in &mut self.known {
            known.is_listed = std::mem::take(&mut known.is_news);
        }
        self.position = Some(position);
        self.next_cursor = next_cursor;
        self.attempts = 0;
    }

    /// What is known goes up to `position`, where the counters stand so. An older one, that came
    /// late, says nothing.
    pub(crate) fn reach(&mut self, position: Position, queue: Queue) {
        if self.position.is_some_and(|at| at <= position) {
            self.position = Some(position);
            self.queue = queue;
            self.attempts = 0;
        }
    }

    /// The page behind `cursor` came; says whether it is wanted: a new snapshot begins the list
    /// anew.
    pub(crate) fn turn_page(&mut self, cursor: &str, next_cursor: Option<String>) -> bool {
        let is_wanted = self.next_cursor() == Some(cursor);
        if is_wanted {
            self.next_cursor = next_cursor;
        }
        is_wanted
    }
}
