//! The foundation of the rules: errors, scopes, the clock, limits, secrets,
//! and checks of input that need no database.
//!
//! Rules use it and rarely change it, so after a change of a rule the compiler does not check it again. It
//! contains no rule, and as little HTTP as a rule: its manifest has none.

pub mod actor;
pub mod addresses;
pub mod client_address;
pub mod client_info;
pub mod clock;
pub mod email_text;
pub mod error;
#[cfg(test)]
mod fuzzed;
pub mod limits;
pub mod list_cursor;
pub mod networks;
pub mod origins;
pub mod pictures;
pub mod scope;
pub mod secrets;
pub mod text;
pub mod verification;
