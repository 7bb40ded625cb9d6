//! What the server answers over HTTP: extract, call the domain, answer.

pub mod audit;
pub mod auth;
pub mod conversations;
pub mod files;
pub mod health;
pub mod setup;
pub mod tokens;
pub mod visitors;
