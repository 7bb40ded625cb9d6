//! The rules: what may happen, and what happens then.

pub mod accounts;
pub mod audit;
pub mod conversations;
pub mod cursor;
pub mod demo;
pub mod emails;
pub mod inbox;
pub mod links;
pub mod passwords;
pub mod presence;
pub mod profile;
pub mod receipts;
pub mod second_factor;
pub mod sending;
pub mod sessions;
pub mod text;
pub mod tokens;
pub mod visitors;
