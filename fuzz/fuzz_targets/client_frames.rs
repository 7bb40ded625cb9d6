//! Fuzz target: the server's parser of client frames. It is compiled without the rest of the server, which would
//! take minutes with the fuzzer's instrumentation.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/server/src/realtime/parse.rs"]
#[allow(dead_code)]
mod parse;

deskbell_fuzz::target!(parse::check);
