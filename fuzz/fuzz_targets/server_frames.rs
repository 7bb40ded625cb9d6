//! The browser's reader of what a server sends, beside serde's.
#![no_main]

#[path = "../../crates/client/tests/wire/alike.rs"]
mod alike;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| alike::check(bytes));
