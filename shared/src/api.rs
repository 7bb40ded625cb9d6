//! Bodies of the HTTP API under `/api/v1`, one file a resource.

pub mod account;
pub mod audit;
pub mod auth;
pub mod blocks;
pub mod conversations;
pub mod invitations;
pub mod mail;
pub mod members;
pub mod operator;
pub mod poll;
pub mod setup;
pub mod sites;
pub mod tokens;
pub mod visitors;
pub mod workspace;
