//! The dashboard of agents: a program of its own under `/app`.
//!
//! `app` chooses the screen; `areas` has the screens; `shell` has the parts that all areas use; `ui` is the design
//! system; `api` calls the server; `browser` wraps the browser; `text` is the text catalog.
//!
//! It is built for a browser. For other targets only the logic that needs no browser is compiled, for
//! its tests: `cargo test -p deskbell-dashboard`.

#![allow(unreachable_pub, reason = "the component macro writes public items")]
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "the screens that use it are not compiled here")
)]

mod areas;
mod format;
mod shell;
mod text;

#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod ui;

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
    // The notice of index.html about a slow or failed start.
    if let Some(boot) = leptos::prelude::document().get_element_by_id("boot") {
        boot.remove();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program runs in a browser: `cargo xtask run` builds and serves it.");
}
