//! Identity: users, their authentication and their sessions.

pub mod account_deletion;
pub mod accounts;
pub mod address_lookup;
pub mod authentication;
pub mod avatars;
pub mod current_user;
pub mod email_tokens;
pub mod emails;
pub mod failed_sign_ins;
pub mod password_check;
pub mod passwords;
pub mod profile;
pub mod second_factor;
pub mod sessions;
