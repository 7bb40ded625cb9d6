//! Errors of the store.

use std::borrow::Cow;

use sqlx::Error as Sqlx;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use crate::Committed;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such row in the scope.
    #[error("not found")]
    NotFound,
    /// A row with the same key exists.
    #[error("this {0} exists already")]
    Conflict(&'static str),
    /// The conversation is read-only.
    #[error("the conversation is closed")]
    Closed,
    /// The database URL leads to a pooler that Deskbell cannot use.
    #[error(
        "the database URL leads to PgBouncer in transaction or statement mode, but Deskbell needs \
         prepared statements and session settings: set pool_mode = session for this database in \
         pgbouncer.ini, or connect to Postgres directly"
    )]
    TransactionPooling,
    /// The migrations could not be run.
    #[error("migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database refused the statement, or is not available.
    #[error("database: {0}")]
    Backend(#[source] Sqlx),
}

/// A commit that the database did not confirm. It may have happened: only the answer may be lost.
#[derive(Debug, thiserror::Error)]
#[error("not confirmed: {error}")]
pub struct CommitUnconfirmed {
    /// The error of the commit.
    #[source]
    pub error: Error,
    /// What the commit would publish, if it has happened.
    pub committed: Committed,
}

impl From<CommitUnconfirmed> for Error {
    fn from(unconfirmed: CommitUnconfirmed) -> Self {
        unconfirmed.error
    }
}

impl Error {
    /// Whether the database is unavailable for now: it does not answer, a lock was not granted in
    /// time, or it refuses writes. A retry may help.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Backend(Sqlx::PoolTimedOut | Sqlx::PoolClosed | Sqlx::Io(_)) => true,
            Self::Backend(error) => {
                refuses_writes(error)
                    || postgres_code(error)
                        .is_some_and(|code| UNAVAILABLE.contains(&&*code) || code.starts_with("08"))
                    || matches!(sqlite_code(error), Some(SQLITE_BUSY | SQLITE_CANTOPEN))
            }
            _ => false,
        }
    }

    /// Whether a lock was not granted in time.
    pub fn is_lock_timeout(&self) -> bool {
        match self {
            Self::Backend(error) => postgres_code(error).is_some_and(|code| code == "55P03"),
            _ => false,
        }
    }
}

impl From<Sqlx> for Error {
    fn from(error: Sqlx) -> Self {
        match error {
            Sqlx::RowNotFound => Self::NotFound,
            error => Self::Backend(error),
        }
    }
}

/// Codes of Postgres after which a retry may help: deadlock, too many connections, lock timeout,
/// statement timeout, transaction timeout, shutdown, crash, start-up.
const UNAVAILABLE: [&str; 8] = [
    "40P01", "53300", "55P03", "57014", "25P03", "57P01", "57P02", "57P03",
];
/// Codes of Postgres that refuse a write: read-only, disk full.
const REFUSED: [&str; 2] = ["25006", "53100"];
const SQLITE_BUSY: u32 = 5;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;

/// Whether the database refuses writes on this connection: it is read-only, or its disk is full.
pub(crate) fn refuses_writes(error: &Sqlx) -> bool {
    postgres_code(error).is_some_and(|code| REFUSED.contains(&&*code))
        || matches!(
            sqlite_code(error),
            Some(SQLITE_READONLY | SQLITE_IOERR | SQLITE_FULL)
        )
}

fn postgres_code(error: &Sqlx) -> Option<Cow<'_, str>> {
    let database = error.as_database_error()?;
    database.try_downcast_ref::<PgDatabaseError>()?;
    database.code()
}

/// SQLite's primary result code.
fn sqlite_code(error: &Sqlx) -> Option<u32> {
    let database = error.as_database_error()?;
    database.try_downcast_ref::<SqliteError>()?;
    let extended: u32 = database.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// A duplicate key as a conflict over `what`.
pub(crate) fn or_conflict(what: &'static str) -> impl FnOnce(Sqlx) -> Error {
    move |error| match error.as_database_error() {
        Some(database) if database.is_unique_violation() => Error::Conflict(what),
        _ => error.into(),
    }
}

/// `NotFound` if a statement has changed no row.
pub(crate) fn expect_changed(rows: u64) -> Result<(), Error> {
    match rows {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}
