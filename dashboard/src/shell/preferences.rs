//! Preferences of this browser: sound, desktop notifications, single-key shortcuts.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::browser::storage::{load, save};

const KEY: &str = "deskbell.preferences";

/// The preferences of the agent in this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Preferences {
    pub(crate) sound: bool,
    pub(crate) desktop: bool,
    /// Shortcuts of one letter; some people trigger them by accident (WCAG 2.1.4).
    pub(crate) single_keys: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            sound: true,
            desktop: true,
            single_keys: true,
        }
    }
}

/// Loads the preferences, saves each change, and follows those of other tabs.
pub(crate) fn provide_preferences() {
    let preferences = RwSignal::new(load::<Preferences>(KEY).unwrap_or_default());
    Effect::new(move |before: Option<Preferences>| {
        let now = preferences.get();
        if before.is_some_and(|before| before != now) {
            save(KEY, &now);
        }
        now
    });
    let handle = window_event_listener(leptos::ev::storage, move |event| {
        if event.key().as_deref() == Some(KEY) {
            preferences.set(load(KEY).unwrap_or_default());
        }
    });
    on_cleanup(move || handle.remove());
    provide_context(preferences);
}

/// The preferences, to read and to change.
pub(crate) fn use_preferences() -> RwSignal<Preferences> {
    expect_context()
}
