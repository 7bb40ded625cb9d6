//! Every SQL statement of Deskbell, on SQLite and Postgres with one text.
//!
//! [`Store`] opens a database. A [`Reader`] reads; a [`Tx`] reads and writes, and collects the
//! [`DomainEvent`]s and [`Effect`]s that a [`CommitHook`] receives once it is committed. The
//! statements are grouped by area, as the rules of `deskbell-domain` are. Each function takes a scope
//! that authentication has made, and reaches no row outside it.

#[macro_use]
mod db;
mod error;
mod event;
mod scope;

pub mod conversations;
pub mod identity;
pub mod platform;
pub mod simulation;
pub mod sites;
pub mod visitors;
pub mod workspace;

pub use db::pool_postgres::PostgresTimeouts;
pub use db::{Handle, Reader, Store, Tx};
pub use error::{CommitUnconfirmed, Error, Result};
pub use event::{CommitHook, Committed, DomainEvent, Effect};
pub use scope::{VisitorScope, WorkspaceScope};
