//! The shared code of the rules: errors, scopes, the clock, limits, secrets, the text of mails, and
//! checks of input that need no database.
//!
//! It is a crate of its own, so that the compiler does not check it again after a change of a rule. Like
//! the rules it knows no HTTP, hub, UI or mail transport: its manifest has none.

pub mod actor;
pub mod business_hours;
pub mod client_address;
pub mod client_info;
pub mod clock;
pub mod csv_cells;
pub mod email_addresses;
pub mod email_text;
pub mod error;
#[cfg(test)]
mod fuzzed;
pub mod icalendar;
pub mod identity_verification;
pub mod limits;
pub mod list_cursor;
pub mod networks;
pub mod origins;
pub mod pictures;
pub mod scope;
pub mod secrets;
pub mod text;
pub mod time_zones;
