//! Routes of users: the set-up, sign-in, and the own account.

pub mod account;
pub mod auth;
pub mod avatars;
pub mod recovery;
pub mod setup;
