//! Contract tests of the store: they call every function on SQLite and on Postgres, area by area.

// Clippy knows tests by their attribute; the functions that they share are test code as well.
#![allow(clippy::unwrap_used)]

mod fixture;

mod conversations;
mod identity;
mod platform;
mod sites;
mod visitors;
mod workspace;

mod isolation;
mod transactions;
mod upgrades;
