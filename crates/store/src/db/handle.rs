//! Database handles, on which statements run, and connections of either engine.

use deskbell_protocol::ConversationId;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::sqlite::SqliteConnection;

use super::pool_sqlite::PooledConnection;
use super::rows::Placeholders;
use crate::conversations::LockedConversation;

/// A connection of either engine, borrowed for one statement.
pub enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// The handle that statements run on: a [`Reader`] or a [`Tx`](crate::Tx).
pub trait Handle: Send {
    fn connection(&mut self) -> Connection<'_>;
    /// The placeholder syntax of this engine.
    fn placeholders(&self) -> Placeholders;

    /// A head that this transaction has changed and not written yet; it replaces the row.
    fn changed_head(&self, _id: ConversationId) -> Option<&LockedConversation> {
        None
    }

    /// A statement has failed.
    fn record_failure(&mut self, _error: &sqlx::Error) {}
}

/// A handle that reads.
pub enum Reader {
    Sqlite(PooledConnection),
    Postgres(PoolConnection<Postgres>),
}

impl Handle for Reader {
    fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }

    fn placeholders(&self) -> Placeholders {
        match self {
            Self::Sqlite(_) => Placeholders::Counted,
            Self::Postgres(_) => Placeholders::Numbered,
        }
    }
}
