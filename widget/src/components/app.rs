//! The panel from top to bottom.

use leptos::ev;
use leptos::prelude::*;

use super::bar::Bar;
use super::composer::{ClosedNote, Composer};
use super::head::Head;
use super::notice::Notice;
use super::thread::Thread;
use crate::panel::Panel;

/// The root component. Escape closes the panel.
#[component]
pub(crate) fn App(panel: Panel) -> impl IntoView {
    window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" {
            panel.close();
        }
    });
    view! {
        <main class="panel">
            <Head panel />
            <Bar panel />
            <Thread panel />
            <Composer panel />
            <ClosedNote panel />
            <Notice panel />
        </main>
    }
}
