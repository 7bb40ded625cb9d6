//! Unsent words, by conversation; they outlive a reload.

use std::collections::BTreeMap;

use deskbell_protocol::ConversationId;
use leptos::prelude::*;

use crate::state::browser::{load, save};

const KEY: &str = "deskbell.drafts";

/// All drafts of this browser.
#[derive(Clone, Copy)]
pub(crate) struct Drafts(StoredValue<BTreeMap<String, String>>);

impl Drafts {
    pub(crate) fn load() -> Self {
        Self(StoredValue::new(load(KEY).unwrap_or_default()))
    }

    pub(crate) fn find(self, id: ConversationId) -> Option<String> {
        self.0
            .with_value(|drafts| drafts.get(&id.to_string()).cloned())
    }

    /// An empty text forgets the draft.
    pub(crate) fn set(self, id: ConversationId, text: &str) {
        self.0.update_value(|drafts| {
            if text.trim().is_empty() {
                drafts.remove(&id.to_string());
            } else {
                drafts.insert(id.to_string(), text.to_owned());
            }
            save(KEY, drafts);
        });
    }
}
