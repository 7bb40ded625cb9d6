//! The public pages, rendered on the server: they work without any script of ours.

mod demo;
mod home;
mod layout;
mod setup;

pub use demo::demo;
pub use home::home;
pub use setup::{setup_form, setup_submit};
