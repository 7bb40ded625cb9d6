//! The rules: what may happen, and what happens then.

pub mod accounts;
pub mod audit;
pub mod avatars;
pub mod blocks;
pub mod conversations;
pub mod cursor;
pub mod demo;
pub mod emails;
pub mod identity;
pub mod inbox;
pub mod invitations;
pub mod links;
pub mod members;
pub mod passwords;
pub mod presence;
pub mod profile;
pub mod quotas;
pub mod receipts;
pub mod second_factor;
pub mod sending;
pub mod sessions;
pub mod sites;
pub mod text;
pub mod tokens;
pub mod visitors;
pub mod workspace;
