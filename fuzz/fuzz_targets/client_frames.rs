//! The server reads what a client sends. The reader stands here without the rest of the server,
//! which would take minutes to build with the fuzzer's instruments.
#![no_main]

#[path = "../../crates/server/src/realtime/parse.rs"]
#[allow(dead_code)]
mod parse;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parse::check(bytes));
