//! What can go wrong with a database.

use sqlx::Error as Sqlx;

use crate::Committed;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a statement did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such row in the scope.
    #[error("not found")]
    NotFound,
    /// It exists already.
    #[error("this {0} exists already")]
    Conflict(&'static str),
    /// The conversation is read-only.
    #[error("the conversation is closed")]
    Closed,
    /// The migrations could not be run.
    #[error("migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database refused, or is not there.
    #[error("database: {0}")]
    Backend(#[source] Sqlx),
}

/// A commit that the database did not confirm. It may have happened: only the answer may be lost.
#[derive(Debug, thiserror::Error)]
#[error("not confirmed: {error}")]
pub struct CommitUnconfirmed {
    /// Why.
    #[source]
    pub error: Error,
    /// What follows if it has happened.
    pub committed: Committed,
}

impl From<CommitUnconfirmed> for Error {
    fn from(unconfirmed: CommitUnconfirmed) -> Self {
        unconfirmed.error
    }
}

impl Error {
    /// Whether the database did not answer, so that a retry may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Backend(Sqlx::PoolTimedOut | Sqlx::PoolClosed | Sqlx::Io(_))
        )
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

/// A duplicate key as a conflict over `what`.
pub(crate) fn or_conflict(what: &'static str) -> impl FnOnce(Sqlx) -> Error {
    move |error| match error.as_database_error() {
        Some(database) if database.is_unique_violation() => Error::Conflict(what),
        _ => error.into(),
    }
}
