//! Keyboard shortcuts of the inbox: single keys, wherever nothing is being typed.
//!
//! Keys that change a conversation act only while the focus is in the list or the thread. When a field
//! with the focus disappears, no element has the focus, and the next letters are meant as text.

use leptos::ev::{KeyboardEvent, keydown};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use deskbell_protocol::ConversationId;

use crate::areas::inbox::commands::Commands;
use crate::areas::inbox::focus::{focus_composer, focus_row};
use crate::areas::inbox::groups::{Group, neighbour};
use crate::shell::navigator::Navigator;
use crate::shell::preferences::{Preferences, use_preferences};
use crate::shell::route::Route;

/// The state on which the shortcuts act.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) commands: Commands,
    pub(super) navigator: Navigator,
    pub(super) groups: Memo<Vec<Group>>,
    pub(super) open: Memo<Option<ConversationId>>,
    pub(super) shortcuts_open: RwSignal<bool>,
}

/// Handles keys for as long as the page is shown.
pub(super) fn listen(keys: Keys) {
    let preferences = use_preferences();
    let handle = window_event_listener(keydown, move |event| {
        if !event.ctrl_key()
            && !event.meta_key()
            && !event.alt_key()
            && !is_taken(&event)
            && keys.press(&event, preferences.get_untracked())
        {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

/// Whether the key belongs to a field, a button, a dialog or a menu.
fn is_taken(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    let Some(target) = target else {
        return false;
    };
    let within = |selector: &str| target.closest(selector).ok().flatten().is_some();
    let is_covered = matches!(
        document().query_selector("dialog[open], :popover-open"),
        Ok(Some(_))
    );
    let presses_button = matches!(event.key().as_str(), "Enter" | " ");
    is_covered || within("input, textarea, select") || (presses_button && within("button, a"))
}

/// Whether the focus is in the list or the thread.
fn is_in_inbox() -> bool {
    let active = document().active_element();
    active.is_some_and(|active| matches!(active.closest(".inbox"), Ok(Some(_))))
}

impl Keys {
    /// Whether the key was a shortcut.
    fn press(self, event: &KeyboardEvent, preferences: Preferences) -> bool {
        let key = event.key();
        match key.as_str() {
            "Enter" => return focus_composer(),
            "Escape" => self.back(),
            _ if !preferences.single_keys => return false,
            "j" => self.step(1),
            "k" => self.step(-1),
            "?" => self.shortcuts_open.set(true),
            "z" => self.commands.undo(),
            _ if !is_in_inbox() => return false,
            "c" => self.commands.claim(),
            "a" => self.commands.pick_assignee(),
            "p" => self.commands.pick_priority(),
            "s" => self.commands.pick_snooze(),
            "n" => self.commands.write(true),
            "r" => self.commands.write(false),
            "e" => self.commands.resolve(true),
            "E" => self.commands.ask_close(),
            other => {
                // Any other letter begins a reply; the browser then types it into the field.
                if other.chars().count() == 1 && other != " " {
                    focus_composer();
                }
                return false;
            }
        }
        true
    }

    fn step(self, step: isize) {
        let next = self
            .groups
            .with_untracked(|groups| neighbour(groups, self.open.get_untracked(), step));
        if let Some(id) = next {
            self.navigator.go(Route::Conversation(id));
            focus_row(id);
        }
    }

    fn back(self) {
        if let Some(id) = self.open.get_untracked() {
            self.navigator.go(Route::Inbox);
            focus_row(id);
        }
    }
}
