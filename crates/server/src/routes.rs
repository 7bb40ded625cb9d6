//! Routes by area: extract, call the domain, answer.

pub mod conversations;
pub mod files;
pub mod identity;
pub mod platform;
pub mod sites;
pub mod visitors;
pub mod workspace;
