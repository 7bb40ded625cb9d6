//! Fuzz target: the verification of the identities that host pages supply for their visitors.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/base/tests/identity_tokens/property.rs"]
mod property;

deskbell_fuzz::target!(property::check);
