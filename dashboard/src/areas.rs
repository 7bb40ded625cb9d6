//! The areas of the dashboard: one folder each, with its pages, components and state.

mod canned_responses;
mod inbox;
mod settings;

#[cfg(target_arch = "wasm32")]
pub(crate) mod identity;
#[cfg(target_arch = "wasm32")]
pub(crate) mod workspace;
