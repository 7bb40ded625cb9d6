//! Identity: sign-in, the signed-in user's account, and the set-up of an installation.

pub mod account;
pub mod auth;
pub mod setup;
