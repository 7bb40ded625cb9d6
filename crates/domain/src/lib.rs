//! The business rules of Deskbell, by area: each decides whether an action is allowed, and performs it.
//!
//! A rule is a function of [`core::Core`] or a transaction, the caller's scope and an input. It knows
//! no HTTP, no socket and no other node: it writes rows, and the effects of its transaction reach the
//! server's commit hook. The compiler enforces this, for none of that is in this crate's manifest.

pub mod core;
pub mod mail;

pub mod conversations;
pub mod identity;
pub mod platform;
pub mod sites;
pub mod visitors;
pub mod workspace;
