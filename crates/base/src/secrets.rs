//! Secrets: tokens, password hashes, one-time codes, and encryption of stored secrets.

pub mod jwt_crypto;
pub mod password;
pub mod sealer;
pub mod token;
pub mod totp;
