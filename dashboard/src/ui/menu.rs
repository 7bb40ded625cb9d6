//! A menu: the browser's own popover, with arrow keys.

use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

#[component]
pub(crate) fn Menu(
    id: &'static str,
    class: &'static str,
    label: &'static str,
    /// Whether the menu is open, for the `aria-expanded` of its button.
    is_open: RwSignal<bool>,
    children: Children,
) -> impl IntoView {
    let toggled = move |event: Event| {
        is_open.set(is_popover_open(&event));
        focus_first(event);
    };
    view! {
        <div id=id class=format!("menu {class}") popover="auto" role="menu" aria-label=label on:keydown=move_focus on:toggle=toggled>
            {children()}
        </div>
    }
}

fn move_focus(event: KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    let Some(menu) = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    let Ok(found) = menu.query_selector_all(".menu-item") else {
        return;
    };
    let items: Vec<web_sys::HtmlElement> = (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into().ok())
        .collect();
    let focused = document().active_element();
    let at = items.iter().position(|item| {
        focused
            .as_ref()
            .is_some_and(|focused| item.is_same_node(Some(focused)))
    });
    let count = items.len() as isize;
    let next = at.map_or(0, |at| (at as isize + step).rem_euclid(count.max(1)));
    if let Some(item) = items.get(next as usize) {
        event.prevent_default();
        let _ = item.focus();
    }
}

/// Whether the popover is open whose `toggle` event this is.
pub(crate) fn is_popover_open(event: &Event) -> bool {
    let popover = event_target::<web_sys::Element>(event);
    popover.matches(":popover-open").unwrap_or(false)
}

/// Moves the focus into a menu that has opened.
fn focus_first(event: Event) {
    let menu = event_target::<web_sys::Element>(&event);
    if is_popover_open(&event)
        && let Ok(Some(first)) = menu.query_selector(".menu-item")
        && let Ok(first) = first.dyn_into::<web_sys::HtmlElement>()
    {
        let _ = first.focus();
    }
}

/// Closes the popover `id`.
pub(crate) fn hide(id: &str) {
    if let Some(popover) = document()
        .get_element_by_id(id)
        .and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = popover.hide_popover();
    }
}
