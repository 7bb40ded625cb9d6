//! Bodies of the HTTP API under `/api/v1`, by area.

pub mod conversations;
pub mod identity;
pub mod platform;
pub mod sites;
pub mod visitors;
pub mod workspace;
