//! What the server answers over HTTP: extract, call the domain, answer.

pub mod account;
pub mod audit;
pub mod auth;
pub mod avatars;
pub mod blocks;
pub mod conversations;
pub mod files;
pub mod health;
pub mod invitations;
pub mod members;
pub mod operator;
pub mod operator_mail;
pub mod recovery;
pub mod setup;
pub mod sites;
pub mod tokens;
pub mod visitors;
pub mod workspace;
