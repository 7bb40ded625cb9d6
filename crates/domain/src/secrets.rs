//! Secrets: signed and random tokens, and encryption of what the database stores.

pub mod jwt_crypto;
pub mod sealer;
pub mod token;
