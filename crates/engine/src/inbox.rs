//! Every conversation this client knows of, and which of them stand in the inbox.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use deskbell_protocol::{Conversation, ConversationId, Status, UnixMs};

/// An agent's list of conversations.
#[derive(Debug, Default)]
pub struct Inbox {
    known: BTreeMap<ConversationId, Known>,
    loaded: bool,
    pub(crate) followed: bool,
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
    /// The list: waiting ones first, the longest wait on top; then the others, the newest
    /// message on top.
    pub fn rows(&self) -> Vec<&Conversation> {
        let listed = self.known.values().filter(|known| known.is_listed);
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
        self.loaded
    }

    /// The newest copy of a conversation, whether it is in the list or not.
    pub fn get(&self, id: ConversationId) -> Option<&Conversation> {
        self.known.get(&id).map(|known| &known.copy)
    }

    /// Takes a copy if it is newer than the one at hand; says whether anything is new.
    pub(crate) fn learn(&mut self, conversation: Conversation) -> bool {
        match self.known.get_mut(&conversation.id) {
            Some(known) => {
                let is_newer = known.copy.revision < conversation.revision;
                let is_new = is_newer || self.followed && !known.is_listed;
                known.is_listed |= self.followed;
                known.is_news |= self.followed;
                if is_newer {
                    known.copy = conversation;
                }
                is_new
            }
            None => {
                let known = Known {
                    is_listed: self.followed,
                    is_news: self.followed,
                    copy: conversation,
                };
                self.known.insert(known.copy.id, known);
                true
            }
        }
    }

    /// A snapshot is being asked for.
    pub(crate) fn asked(&mut self) {
        for known in self.known.values_mut() {
            known.is_news = false;
        }
        self.retry_at = None;
    }

    /// The snapshot came; returns those that are newer than what was known.
    pub(crate) fn load(&mut self, conversations: Vec<Conversation>) -> Vec<ConversationId> {
        for known in self.known.values_mut() {
            known.is_listed = std::mem::take(&mut known.is_news);
        }
        self.loaded = true;
        self.attempts = 0;
        let mut changed = Vec::new();
        for conversation in conversations {
            let id = conversation.id;
            if self.learn(conversation) {
                changed.push(id);
            }
        }
        changed
    }
}
