//! The rules: what may happen, and what happens then.

pub mod accounts;
pub mod audit;
pub mod conversations;
pub mod cursor;
pub mod demo;
pub mod inbox;
pub mod presence;
pub mod receipts;
pub mod sending;
pub mod sessions;
pub mod text;
pub mod tokens;
pub mod visitors;
