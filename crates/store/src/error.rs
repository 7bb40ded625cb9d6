//! What can go wrong with a database.

use sqlx::Error as Sqlx;

pub type Result<T> = std::result::Result<T, Error>;

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
