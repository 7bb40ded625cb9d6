//! Drafts of replies and notes, in the browser's storage: one key for each account, workspace and
//! conversation, so that tabs do not overwrite each other's and the next account sees none.

use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::{ClientMessageId, ConversationId, Mention, UserId};
use leptos::ev::storage;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::browser::clock::now_ms;
use crate::browser::storage::{keys, load, remove, save};

const PREFIX: &str = "deskbell.draft.";
/// All drafts of all accounts, as older versions kept them.
const OLD_KEY: &str = "deskbell.drafts";
const KEPT_MS: i64 = 30 * 24 * 60 * 60_000;

/// A stored draft.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Draft {
    text: String,
    /// When it was written, so that forgotten ones are removed.
    at: i64,
}

/// A note that is being written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct NoteDraft {
    pub(crate) text: String,
    /// Those who were chosen from the list, also if the text no longer mentions them.
    pub(crate) mentions: Vec<Mention>,
    /// The id under which this text is being saved, so that it is saved once although an answer is lost, the
    /// conversation is left, or another tab saves it.
    pub(crate) client_id: Option<ClientMessageId>,
    /// When it was written.
    at: i64,
}

/// The drafts of one account in one workspace.
#[derive(Clone, Copy)]
pub(crate) struct Drafts {
    prefix: StoredValue<String>,
    /// The newest change in this tab or another.
    changes: RwSignal<Change>,
}

/// A change of drafts.
#[derive(Clone, Copy, Debug, Default)]
struct Change {
    /// Counts changes, so that two of one draft differ.
    number: u32,
    /// The conversation of the draft; `None` if any draft may have changed.
    id: Option<ConversationId>,
}

impl Drafts {
    /// Removes what is not this account's or too old, and follows the changes of other tabs.
    pub(crate) fn open(me: &Me) -> Self {
        remove(OLD_KEY);
        let own = prefix_of(me.user_id);
        for key in keys(PREFIX) {
            let is_recent = load::<Draft>(&key).is_some_and(|it| now_ms() - it.at < KEPT_MS);
            if !key.starts_with(&own) || !is_recent {
                remove(&key);
            }
        }
        let drafts = Self {
            prefix: StoredValue::new(format!("{own}{}.", me.workspace.id)),
            changes: RwSignal::new(Change::default()),
        };
        // Only other tabs' changes cause this event.
        let handle = window_event_listener(storage, move |event| {
            let key = event.key();
            if key.as_ref().is_none_or(|key| key.starts_with(PREFIX)) {
                let id = key.and_then(|key| key.rsplit('.').next()?.parse().ok());
                drafts.changed(id);
            }
        });
        on_cleanup(move || handle.remove());
        provide_context(drafts);
        drafts
    }

    /// The draft of a conversation, following changes in all tabs.
    pub(crate) fn follow(self, id: ConversationId) -> Memo<Option<String>> {
        Memo::new(move |before: Option<&Option<String>>| {
            let changed = self.changes.get().id;
            match before {
                Some(before) if changed.is_some_and(|changed| changed != id) => before.clone(),
                _ => self.find(id),
            }
        })
    }

    pub(crate) fn find(self, id: ConversationId) -> Option<String> {
        load::<Draft>(&self.key(id)).map(|draft| draft.text)
    }

    /// Stores a draft; a blank one is removed.
    pub(crate) fn set(self, id: ConversationId, text: &str) {
        let key = self.key(id);
        match text.trim().is_empty() {
            true => remove(&key),
            false => {
                let text = text.to_owned();
                save(&key, &Draft { text, at: now_ms() });
            }
        }
        self.changed(Some(id));
    }

    /// The draft of a note, following changes in all tabs.
    pub(crate) fn follow_note(self, id: ConversationId) -> Memo<NoteDraft> {
        Memo::new(move |before: Option<&NoteDraft>| {
            let changed = self.changes.get().id;
            match before {
                Some(before) if changed.is_some_and(|changed| changed != id) => before.clone(),
                _ => self.find_note(id),
            }
        })
    }

    pub(crate) fn find_note(self, id: ConversationId) -> NoteDraft {
        load(&self.note_key(id)).unwrap_or_default()
    }

    /// Stores the draft of a note; a blank one is removed.
    pub(crate) fn set_note(self, id: ConversationId, draft: &NoteDraft) {
        let key = self.note_key(id);
        match draft.text.trim().is_empty() {
            true => remove(&key),
            false => save(
                &key,
                &NoteDraft {
                    at: now_ms(),
                    ..draft.clone()
                },
            ),
        }
        self.changed(Some(id));
    }

    /// Removes the draft of a note that was saved under this id.
    pub(crate) fn note_saved(self, id: ConversationId, client_id: ClientMessageId) {
        if self.find_note(id).client_id == Some(client_id) {
            self.set_note(id, &NoteDraft::default());
        }
    }

    fn changed(self, id: Option<ConversationId>) {
        self.changes.update(|change| {
            change.number = change.number.wrapping_add(1);
            change.id = id;
        });
    }

    fn key(self, id: ConversationId) -> String {
        self.prefix.with_value(|prefix| format!("{prefix}{id}"))
    }

    fn note_key(self, id: ConversationId) -> String {
        self.prefix
            .with_value(|prefix| format!("{prefix}note.{id}"))
    }
}

/// Removes the drafts of an account that signs out.
pub(crate) fn forget_drafts(user: UserId) {
    keys(&prefix_of(user)).iter().for_each(|key| remove(key));
}

fn prefix_of(user: UserId) -> String {
    format!("{PREFIX}{user}.")
}
