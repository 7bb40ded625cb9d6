//! The panel that a visitor sees: a Leptos program in a frame from our own origin.
//!
//! It is designed for a small download. [`view_model::ViewModel`] is the whole state of the screen, apart
//! from the messages, in one signal. The DOM is built once, and its parts are shown and hidden. So
//! each kind of reactive code is compiled once, however many elements use it (`docs/decisions/0007`).

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "the components that use it are not compiled here")
)]

mod text;
mod view_model;

#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod bridge;
#[cfg(target_arch = "wasm32")]
mod components;
#[cfg(target_arch = "wasm32")]
mod panel;
#[cfg(target_arch = "wasm32")]
mod time;

#[cfg(target_arch = "wasm32")]
fn main() {
    use components::app::App;
    use leptos::prelude::*;

    let panel = panel::Panel::new();
    if let Some(skeleton) = document().get_element_by_id("skeleton") {
        skeleton.remove();
    }
    mount_to_body(move || view! { <App panel /> });
    panel.listen();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("deskbell-widget runs in a browser; `cargo xtask run` builds it and shows it.");
    std::process::exit(1);
}
