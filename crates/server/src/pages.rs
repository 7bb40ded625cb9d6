//! The public pages, rendered on the server: they work without JavaScript.

mod api_docs;
mod demo;
mod error;
mod home;
mod layout;
mod setup;

pub use api_docs::api_docs;
pub use demo::demo;
pub use error::error_pages;
pub use home::home;
pub use setup::{setup_form, setup_submit};
