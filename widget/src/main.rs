//! The panel that a visitor sees: a Leptos program in a frame from our own origin.

mod api;
mod bridge;
mod state;
mod time;

mod components;

use leptos::prelude::*;

use crate::components::app::App;
use crate::state::Panel;

fn main() {
    let panel = Panel::new();
    if let Some(skeleton) = document().get_element_by_id("skeleton") {
        skeleton.remove();
    }
    mount_to_body(move || view! { <App panel /> });
    panel.start();
}
