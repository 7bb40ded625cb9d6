//! Fuzz target: the removal of metadata from uploaded pictures.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/base/src/pictures.rs"]
#[allow(dead_code)]
mod pictures;

deskbell_fuzz::target!(pictures::check);
