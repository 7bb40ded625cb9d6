//! Lucide's icons, one path each, and the bell that is our mark.

use leptos::prelude::*;

pub(crate) const ALERT: &str = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM12 8v4M12 16h.01";
pub(crate) const ARROW_DOWN: &str = "M12 5v14M19 12l-7 7-7-7";
pub(crate) const ARROW_UP: &str = "m5 12 7-7 7 7M12 19V5";
pub(crate) const CHECK: &str = "M20 6 9 17l-5-5";
pub(crate) const CLOCK: &str = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM12 6v6l4 2";
pub(crate) const CLOUD_OFF: &str = "m2 2 20 20M5.78 5.78A7 7 0 0 0 9 19h8.5a4.5 4.5 0 0 0 1.31-.19\
    M21.53 16.5A4.5 4.5 0 0 0 17.5 10h-1.79A7 7 0 0 0 10 5.07";
pub(crate) const CROSS: &str = "M18 6 6 18M6 6l12 12";

/// An icon of `size` pixels; the words beside it say what it means.
#[component]
pub(crate) fn Icon(path: &'static str, size: u8) -> impl IntoView {
    view! {
        <svg class="icon" width=size height=size viewBox="0 0 24 24" aria-hidden="true">
            <path d=path></path>
        </svg>
    }
    .into_any()
}

/// The desk bell.
#[component]
pub(crate) fn Bell(size: u8) -> impl IntoView {
    view! {
        <svg class="icon" width=size height=size viewBox="0 0 24 24" aria-hidden="true">
            <path class="icon__solid" d="M4 16.5a8 8 0 0 1 16 0Z"></path>
            <path d="M2.75 20h18.5M12 8.25V5.5M9.75 5.25h4.5"></path>
        </svg>
    }
    .into_any()
}
