//! Every conversation this client knows of, and which of them stand in the inbox.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use deskbell_protocol::{Conversation, ConversationId, Status, UnixMs};

/// An agent's list of conversations.
#[derive(Debug, Default)]
pub struct Inbox {
    /// The newest copy of each conversation, whether listed or not.
    copies: BTreeMap<ConversationId, Conversation>,
    listed: BTreeSet<ConversationId>,
    /// Changed since the snapshot was asked for, which may be too old to have them.
    news: BTreeSet<ConversationId>,
    loaded: bool,
    pub(crate) followed: bool,
    pub(crate) attempts: u32,
    pub(crate) retry_at: Option<UnixMs>,
}

impl Inbox {
    /// The list: waiting ones first, the longest wait on top; then the others, the newest
    /// message on top.
    pub fn rows(&self) -> Vec<&Conversation> {
        let mut rows: Vec<_> = self
            .listed
            .iter()
            .filter_map(|id| self.copies.get(id))
            .collect();
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
        self.copies.get(&id)
    }

    /// Takes a copy if it is newer than the one at hand; says whether anything is new.
    pub(crate) fn learn(&mut self, conversation: Conversation) -> bool {
        let id = conversation.id;
        let mut is_new = false;
        if self.followed {
            self.news.insert(id);
            is_new = self.listed.insert(id);
        }
        let known = self.copies.get(&id).map(|known| known.revision);
        if known.is_none_or(|revision| revision < conversation.revision) {
            self.copies.insert(id, conversation);
            is_new = true;
        }
        is_new
    }

    /// A snapshot is being asked for.
    pub(crate) fn asked(&mut self) {
        self.news.clear();
        self.retry_at = None;
    }

    /// The snapshot came; returns those that are newer than what was known.
    pub(crate) fn load(&mut self, conversations: Vec<Conversation>) -> Vec<ConversationId> {
        self.listed = std::mem::take(&mut self.news);
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
