//! The public pages, rendered on the server with leptos: they work without JavaScript.
//!
//! Each function renders one page from its arguments and uses no rule and no database, so the compiler
//! does not check the pages again after a change of a rule.

mod api_docs;
mod demo;
mod error;
mod home;
mod layout;
mod setup;

pub use api_docs::api_docs;
pub use demo::demo;
pub use error::error;
pub use home::{DemoSignIn, home};
pub use layout::{PageAssets, PageContext};
pub use setup::{SetupForm, setup_done, setup_form};

/// Makes tokio the executor of leptos; a second call in one process has no effect.
pub fn use_tokio() {
    let _ = any_spawner::Executor::init_tokio();
}
