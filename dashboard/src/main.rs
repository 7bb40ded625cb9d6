//! The inbox that agents look at: a program of its own under `/app`.
//!
//! Built for a browser. Elsewhere only what decides something without a page is compiled, for its
//! tests: `cargo test -p deskbell-dashboard`.

#![allow(unreachable_pub, reason = "the component macro writes public items")]
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, reason = "the screens that use it are not compiled here")
)]

mod state;

#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod components;
#[cfg(target_arch = "wasm32")]
mod pages;

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program runs in a browser: `cargo xtask run` builds and serves it.");
}
