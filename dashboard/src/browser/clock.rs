//! The clock of the page: one timer for every time on the screen.

use std::time::Duration;

use leptos::prelude::*;

/// The current time in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The current time, as a signal that changes once a second.
#[derive(Clone, Copy)]
pub(crate) struct Clock(RwSignal<i64>);

impl Clock {
    pub(crate) fn start() -> Self {
        let now = RwSignal::new(now_ms());
        if let Ok(timer) =
            set_interval_with_handle(move || now.set(now_ms()), Duration::from_secs(1))
        {
            on_cleanup(move || timer.clear());
        }
        Self(now)
    }

    /// Unix milliseconds; tracked.
    pub(crate) fn now(self) -> i64 {
        self.0.get()
    }

    pub(crate) fn now_untracked(self) -> i64 {
        self.0.get_untracked()
    }
}

/// The clock of the page.
pub(crate) fn use_clock() -> Clock {
    expect_context()
}
