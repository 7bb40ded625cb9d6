//! Fuzz target: the parser of iCalendar files with holidays.
#![cfg_attr(feature = "engine", no_main)]

#[path = "../../crates/base/tests/calendars/property.rs"]
mod property;

deskbell_fuzz::target!(property::check);
