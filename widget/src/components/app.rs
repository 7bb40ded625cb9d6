//! The panel from top to bottom.

use leptos::ev;
use leptos::prelude::*;

use super::bar::Bar;
use super::composer::{Composer, Ended};
use super::head::Head;
use super::notice::Notice;
use super::thread::Thread;
use crate::panel::Panel;

/// The panel.
#[component]
pub(crate) fn App(panel: Panel) -> impl IntoView {
    window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.is_composing() {
            panel.close();
        }
    });
    view! {
        <main class="panel">
            <Head panel />
            <Bar panel />
            <Thread panel />
            <Composer panel />
            <Ended panel />
            <Notice panel />
        </main>
    }
}
