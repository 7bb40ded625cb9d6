//! The inbox that agents look at: a program of its own under `/app`.

#![allow(unreachable_pub, reason = "the component macro writes public items")]

mod api;
mod app;
mod components;
mod pages;
mod state;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
