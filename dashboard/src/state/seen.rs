//! How far this browser has shown each conversation, so that the list can tell what is new.

use std::collections::BTreeMap;

use deskbell_protocol::{Conversation, ConversationId, Seq};
use leptos::prelude::*;

use crate::state::browser::{load, save};

const KEY: &str = "deskbell.seen";
/// Entries kept: the ones with the newest ids, which sort by time.
const KEPT: usize = 500;

/// The newest message that was on the screen, by conversation.
#[derive(Clone, Copy)]
pub(crate) struct Seen(RwSignal<BTreeMap<String, Seq>>);

impl Seen {
    pub(crate) fn load() -> Self {
        Self(RwSignal::new(load(KEY).unwrap_or_default()))
    }

    /// The conversation was on the screen up to `seq`.
    pub(crate) fn mark(self, id: ConversationId, seq: Seq) {
        let id = id.to_string();
        if self
            .0
            .with_untracked(|seen| seen.get(&id).is_some_and(|known| *known >= seq))
        {
            return;
        }
        self.0.update(|seen| {
            seen.insert(id, seq);
            while seen.len() > KEPT {
                seen.pop_first();
            }
            save(KEY, seen);
        });
    }

    /// Whether a visitor's words in it have not been on the screen; tracked.
    pub(crate) fn is_unread(self, conversation: &Conversation) -> bool {
        let shown = self
            .0
            .with(|seen| seen.get(&conversation.id.to_string()).copied().unwrap_or(0));
        conversation.status.is_open()
            && !conversation.preview_by_agent
            && conversation.last_seq > shown
    }
}
