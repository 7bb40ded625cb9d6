//! Fuzz target: the browser's decoder of server frames, compared with serde's.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/client/tests/wire/alike.rs"]
mod alike;

deskbell_fuzz::target!(alike::check);
