//! An idle timer: an agent who does not use the window is not shown as available.

use leptos::ev::{keydown, pointerdown, pointermove, wheel};
use leptos::prelude::*;

use crate::areas::inbox::inbox_store::InboxStore;
use crate::browser::clock::{now_ms, use_clock};

/// Without any input for this long, the window is idle.
const IDLE_MS: i64 = 5 * 60_000;

/// Observes the input for as long as the current owner lives.
pub(crate) fn watch(inbox: InboxStore) {
    let clock = use_clock();
    let used_at = StoredValue::new(now_ms());
    let touch = move || {
        used_at.set_value(now_ms());
        inbox.set_idle(false);
    };
    let handles = [
        window_event_listener(keydown, move |_| touch()),
        window_event_listener(pointerdown, move |_| touch()),
        window_event_listener(pointermove, move |_| touch()),
        window_event_listener(wheel, move |_| touch()),
    ];
    on_cleanup(move || handles.into_iter().for_each(|handle| handle.remove()));
    Effect::new(move || {
        if clock.now() - used_at.get_value() >= IDLE_MS {
            inbox.set_idle(true);
        }
    });
}
