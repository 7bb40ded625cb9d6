//! What the store promises, on SQLite and on Postgres: every function is called here on both.

// Clippy knows tests by their attribute; the people below them are tests as well.
#![allow(clippy::unwrap_used)]

mod house;

mod account_deletion;
mod accounts;
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

mod availability;
mod outbox;
mod transactions;
mod upgrades;
mod walls;
