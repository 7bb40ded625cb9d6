//! Moves the keyboard focus to where the agent types next.

use deskbell_protocol::ConversationId;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

pub(crate) const COMPOSER_ID: &str = "composer-text";
pub(crate) const MESSAGES_ID: &str = "messages";

/// The id of a conversation's row.
pub(crate) fn row_id(id: ConversationId) -> String {
    format!("row-{id}")
}

/// Focuses the composer if a reply is possible, else the messages.
pub(crate) fn focus_thread() {
    request_animation_frame(|| {
        if !focus_composer() {
            focus_element(MESSAGES_ID);
        }
    });
}

/// Focuses the messages.
pub(crate) fn focus_messages() {
    request_animation_frame(|| _ = focus_element(MESSAGES_ID));
}

/// Focuses the composer, if a reply is possible.
pub(crate) fn focus_composer() -> bool {
    focus_element(COMPOSER_ID)
}

/// Focuses a row of the list; on a phone, where the list is hidden, the thread.
///
/// A visible row takes the focus at once. The next key may come before the next frame, and it is
/// not meant for the field that had the focus before.
pub(crate) fn focus_row(id: ConversationId) {
    let row = row_id(id);
    let has_focus = focus_element(&row);
    request_animation_frame(move || {
        // The page may have hidden or replaced the row since.
        if (!has_focus || is_focus_lost()) && !focus_element(&row) {
            focus_element(MESSAGES_ID);
        }
    });
}

/// Whether the device has a pointer of its own: elsewhere a focused field raises a keyboard.
pub(crate) fn has_fine_pointer() -> bool {
    let query = window().match_media("(pointer: fine)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Whether no visible element has the focus.
fn is_focus_lost() -> bool {
    let active = document().active_element();
    !active.is_some_and(|active| active.tag_name() != "BODY" && is_visible(&active))
}

/// Focuses an element that is visible.
fn focus_element(id: &str) -> bool {
    let found = document().get_element_by_id(id);
    let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    is_visible(&element) && element.focus().is_ok()
}

/// Whether an element has a box. A hidden one has none and cannot take the focus.
fn is_visible(element: &Element) -> bool {
    element.get_client_rects().length() > 0
}
