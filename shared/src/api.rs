//! Bodies of the HTTP API under `/api/v1`, one file a resource.

pub mod account;
pub mod audit;
pub mod auth;
pub mod conversations;
pub mod mail;
pub mod poll;
pub mod setup;
pub mod tokens;
pub mod visitors;
