//! Every SQL statement of Deskbell, on SQLite and Postgres with one text.
//!
//! [`Store`] opens a database. A [`Reader`] reads; a [`Tx`] reads and writes, and collects the
//! [`News`] that are to be told once it is committed. The functions stand by aggregate. Each takes
//! a scope that came from authentication, and reaches no row outside it.

#[macro_use]
mod db;
mod changes;
mod dice;
mod error;
mod kept;
mod lender;
mod news;
mod rows;
mod scope;

pub mod api_tokens;
pub mod audit;
pub mod avatars;
pub mod blocks;
pub mod conversations;
pub mod credentials;
pub mod departures;
pub mod inboxes;
pub mod invitations;
pub mod limits;
pub mod links;
pub mod mails;
pub mod members;
pub mod messages;
pub mod platform;
pub mod purge;
pub mod receipts;
pub mod second_factors;
pub mod sessions;
pub mod simulation;
pub mod sites;
pub mod users;
pub mod visitors;
pub mod workspaces;

pub use db::{Handle, Reader, Store, Tx};
pub use error::{Error, Result, Unconfirmed};
pub use news::News;
pub use scope::{VisitorScope, WorkspaceScope};
