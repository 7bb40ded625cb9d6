//! The server reads what a client sends. The reader stands here without the rest of the server,
//! which would take minutes to build with the fuzzer's instruments.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/server/src/realtime/parse.rs"]
#[allow(dead_code)]
mod parse;

deskbell_fuzz::target!(parse::check);
