//! The server reads tokens: nonsense, claims of any kind that bear our signature, and damage.
#![no_main]

#[path = "../../crates/server/src/clock.rs"]
#[allow(dead_code)]
mod clock;
#[path = "../../crates/server/src/auth/token.rs"]
#[allow(dead_code)]
mod token;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| token::check(bytes));
