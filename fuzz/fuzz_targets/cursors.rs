//! Fuzz target: the parser of list cursors.
#![cfg_attr(feature = "engine", no_main)]

use deskbell_base::error;

#[path = "../../crates/base/src/list_cursor.rs"]
mod cursor;

deskbell_fuzz::target!(cursor::check);
