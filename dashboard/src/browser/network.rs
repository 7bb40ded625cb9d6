//! Whether the browser has a network, by its own events: a lost one shows before a timeout.

use leptos::ev::{offline, online};
use leptos::prelude::*;

/// Follows the browser's `online` and `offline` events for as long as the current owner lives.
pub(crate) fn watch_network() -> RwSignal<bool> {
    let is_online = RwSignal::new(window().navigator().on_line());
    let handles = [
        window_event_listener(online, move |_| is_online.set(true)),
        window_event_listener(offline, move |_| is_online.set(false)),
    ];
    on_cleanup(move || handles.into_iter().for_each(|handle| handle.remove()));
    is_online
}
