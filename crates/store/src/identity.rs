//! Identity: users, their credentials and sessions, and the tokens that are mailed to them.

pub mod account_deletion;
pub mod avatars;
pub mod credentials;
pub mod email_tokens;
pub mod emails;
pub mod second_factors;
pub mod sessions;
pub mod users;
