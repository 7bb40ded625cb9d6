//! Every SQL statement of Deskbell, on SQLite and Postgres with one text.
//!
//! [`Store`] opens a database. A [`Reader`] reads; a [`Tx`] reads and writes, and collects the
//! [`DomainEvent`]s and [`Effect`]s that a [`CommitHook`] receives once it is committed. The
//! functions are grouped by aggregate. Each takes a scope that authentication has made, and reaches
//! no row outside it.

#[macro_use]
mod db;
mod error;
mod event;
mod head_updates;
mod scope;

pub mod absence;
pub mod account_deletion;
pub mod api_tokens;
pub mod audit;
pub mod avatars;
pub mod blocks;
pub mod conversations;
pub mod credentials;
pub mod email_tokens;
pub mod emails;
pub mod inboxes;
pub mod invitations;
pub mod limits;
pub mod mails;
pub mod members;
pub mod messages;
pub mod outbox;
pub mod platform;
pub mod purge;
pub mod receipts;
pub mod refused_origins;
pub mod second_factors;
pub mod sessions;
pub mod simulation;
pub mod sites;
pub mod users;
pub mod visitors;
pub mod workspaces;

pub use db::pool_postgres::PostgresTimeouts;
pub use db::{Handle, Reader, Store, Tx};
pub use error::{CommitUnconfirmed, Error, Result};
pub use event::{CommitHook, Committed, DomainEvent, Effect};
pub use scope::{VisitorScope, WorkspaceScope};
