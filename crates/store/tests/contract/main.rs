//! What the store promises, on SQLite and on Postgres: every function is called here on both.

// Clippy knows tests by their attribute; the people below them are tests as well.
#![allow(clippy::unwrap_used)]

mod house;

mod accounts;
mod departures;
mod mails;
mod people;
mod sessions;
mod visitors;
mod workspaces;

mod audit;
mod batches;
mod conversations;
mod inbox;
mod messages;
mod positions;
mod receipts;

mod transactions;
mod walls;
