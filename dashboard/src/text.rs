//! The text catalog: every sentence that the dashboard shows, by screen, ready for translation.
//!
//! One term per concept: visitor, teammate, chat, snippet, resolved, closed. Sentences say what
//! happened and what to do. Only `index.html` has text of its own, for a start that fails.

pub(crate) mod auth;
pub(crate) mod business_hours;
pub(crate) mod canned_responses;
pub(crate) mod inbox;
pub(crate) mod people;
pub(crate) mod settings;
pub(crate) mod shell;
pub(crate) mod teams;
pub(crate) mod thread;
pub(crate) mod time;
