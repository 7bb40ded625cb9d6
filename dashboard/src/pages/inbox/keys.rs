//! Single keys, wherever nothing is being written.

use deskbell_engine::Action;
use deskbell_protocol::{ConversationId, Status};
use leptos::ev::{KeyboardEvent, keydown};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::components::composer::COMPOSER_ID;
use crate::components::conversation_list::focus_row;
use crate::state::desk::Desk;
use crate::state::groups::{Group, neighbour};
use crate::state::navigator::Navigator;
use crate::state::route::Route;

/// What the keys reach.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) desk: Desk,
    pub(super) navigator: Navigator,
    pub(super) groups: Memo<Vec<Group>>,
    pub(super) open: Memo<Option<ConversationId>>,
    pub(super) shortcuts_open: RwSignal<bool>,
    pub(super) close_open: RwSignal<bool>,
}

/// Listens for as long as the page is shown.
pub(super) fn listen(keys: Keys) {
    let handle = window_event_listener(keydown, move |event| {
        if !event.ctrl_key()
            && !event.meta_key()
            && !event.alt_key()
            && !is_taken(&event)
            && keys.press(&event)
        {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

/// Whether the key belongs to what has the focus.
fn is_taken(event: &KeyboardEvent) -> bool {
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return false;
    };
    let within = |selector: &str| target.closest(selector).ok().flatten().is_some();
    let is_under_something = matches!(
        document().query_selector("dialog[open], :popover-open"),
        Ok(Some(_))
    );
    is_under_something || within("input, textarea") || (event.key() == "Enter" && within("button"))
}

impl Keys {
    /// Whether the key meant something.
    fn press(self, event: &KeyboardEvent) -> bool {
        match event.key().as_str() {
            "j" => self.step(1),
            "k" => self.step(-1),
            "c" => self.act_if(Status::Waiting, Action::Claim),
            "e" => self.act_if(Status::Active, Action::Resolve),
            "E" if self
                .is_open_and(|status| matches!(status, Status::Active | Status::Resolved)) =>
            {
                self.close_open.set(true);
            }
            "Enter" => return focus_composer(),
            "Escape" => self.back(),
            "?" => self.shortcuts_open.set(true),
            _ => return false,
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

    fn act_if(self, wanted: Status, action: fn(ConversationId) -> Action) {
        if let Some(id) = self.open.get_untracked()
            && self.is_open_and(|status| status == wanted)
        {
            self.desk.act(action(id));
        }
    }

    fn is_open_and(self, test: impl Fn(Status) -> bool) -> bool {
        self.desk.thread.with_untracked(|thread| {
            thread
                .conversation
                .as_ref()
                .is_some_and(|conversation| test(conversation.status))
        })
    }
}

fn focus_composer() -> bool {
    let found = document().get_element_by_id(COMPOSER_ID);
    match found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        Some(composer) => composer.focus().is_ok(),
        None => false,
    }
}
