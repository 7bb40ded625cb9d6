//! Routes of users: the first run, signing in, and the own account.

pub mod account;
pub mod auth;
pub mod avatars;
pub mod recovery;
pub mod setup;
