//! Consistency checks: compare what clients show with what the database contains.

pub mod checks;
pub mod client_log;
