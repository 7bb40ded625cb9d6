//! The browser's reader of what a server sends, beside serde's.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/client/tests/wire/alike.rs"]
mod alike;

deskbell_fuzz::target!(alike::check);
