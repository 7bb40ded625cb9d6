//! Route handlers by area: they extract inputs, call the domain and answer.

pub mod conversations;
pub mod files;
pub mod identity;
pub mod platform;
pub mod sites;
pub mod visitors;
pub mod workspace;
