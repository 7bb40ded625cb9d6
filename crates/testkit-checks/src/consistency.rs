//! Consistency checks: they compare the views of clients with the database.

pub mod checks;
pub mod client_log;
pub mod notes;
