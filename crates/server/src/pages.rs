//! The handlers of the public pages, which `deskbell-pages` renders.

mod api_docs;
mod context;
mod demo;
mod error;
mod home;
mod setup;

pub use api_docs::api_docs;
pub use demo::demo;
pub use error::error_pages;
pub use home::home;
pub use setup::{setup_form, setup_submit};
