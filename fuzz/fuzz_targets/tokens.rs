//! Fuzz target: the verification of tokens: arbitrary text, arbitrary claims with our signature, and damaged tokens.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/base/src/secrets/jwt_crypto.rs"]
mod jwt_crypto;
#[path = "../../crates/base/src/secrets/token.rs"]
#[allow(dead_code)]
mod token;

/// A replacement of the server's clock and random bytes, with the parts that a token needs.
mod clock {
    use std::time::{SystemTime, UNIX_EPOCH};

    pub fn now() -> i64 {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
        elapsed.map_or(0, |elapsed| elapsed.as_millis() as i64)
    }

    #[allow(dead_code)]
    pub fn random<const N: usize>() -> [u8; N] {
        [7; N]
    }
}

deskbell_fuzz::target!(token::check);
