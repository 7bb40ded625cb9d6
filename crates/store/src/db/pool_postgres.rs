//! Postgres connections: their pools, session settings and timeouts, and the check for PgBouncer.

use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::health::WriteHealth;
use super::pool_sqlite::ACQUIRE_TIMEOUT;
use crate::{Error, Result};

/// A connection that was used within this time is not pinged before it is used again.
const PING_AFTER: Duration = Duration::from_secs(1);

/// Limits on how long a session of Postgres waits. A node that is frozen inside a transaction holds
/// its locks until `idle_in_transaction` ends it; a transaction that waits for one of them gives up after
/// `lock`.
#[derive(Clone, Copy, Debug)]
pub struct PostgresTimeouts {
    /// `lock_timeout`: a statement waits this long for a lock.
    pub lock: Duration,
    /// `idle_in_transaction_session_timeout`: a transaction may be without a statement this long.
    pub idle_in_transaction: Duration,
    /// `statement_timeout`: a statement may run this long.
    pub statement: Duration,
}

impl Default for PostgresTimeouts {
    /// A frozen node is ended first, so that most of those who wait for its locks get them.
    fn default() -> Self {
        Self {
            lock: Duration::from_secs(6),
            idle_in_transaction: Duration::from_secs(5),
            statement: Duration::from_secs(30),
        }
    }
}

impl PostgresTimeouts {
    /// The same, with statements that end sooner: for batches, in which many wait for one.
    pub(crate) fn for_batches(self) -> Self {
        Self {
            statement: self.statement.min(Duration::from_secs(10)),
            ..self
        }
    }

    fn sql(self) -> String {
        format!(
            "SET synchronous_commit = on; SET lock_timeout = {}; \
             SET idle_in_transaction_session_timeout = {}; SET statement_timeout = {}",
            self.lock.as_millis(),
            self.idle_in_transaction.as_millis(),
            self.statement.as_millis(),
        )
    }
}

/// The options of a pool with at most so many connections.
pub(crate) fn pool(
    connections: u32,
    timeouts: PostgresTimeouts,
    health: &WriteHealth,
) -> PgPoolOptions {
    let settings = timeouts.sql();
    let health = health.clone();
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(move |connection, metadata| {
            let is_outdated = health.is_outdated(metadata.age);
            Box::pin(async move {
                if is_outdated {
                    return Ok(false);
                }
                if metadata.idle_for > PING_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            let settings = settings.clone();
            Box::pin(async move {
                sqlx::raw_sql(AssertSqlSafe(settings))
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
}

/// Refuses a PgBouncer that gives connections to clients for a transaction or a statement only:
/// prepared statements and session settings would end up on other clients' connections.
///
/// On Postgres itself, and through a pooler in session mode, two open connections never share a
/// server process. In the other modes the second one gets the process that the first has just used.
pub(crate) async fn refuse_transaction_pooling(url: &str) -> Result<()> {
    let mut first = PgConnection::connect(url).await?;
    let mut second = PgConnection::connect(url).await?;
    for _ in 0..POOLING_CHECKS {
        if process_id(&mut first).await? == process_id(&mut second).await? {
            return Err(Error::TransactionPooling);
        }
    }
    let _ = first.close().await;
    let _ = second.close().await;
    Ok(())
}

/// Other clients of a busy pooler may get in between.
const POOLING_CHECKS: u32 = 4;

/// The process id of the server that answers, by the simple protocol, which prepares nothing.
async fn process_id(connection: &mut PgConnection) -> Result<i32> {
    let row = sqlx::raw_sql("SELECT pg_backend_pid()")
        .fetch_one(connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// Opens the pool for everything, then the one for batches.
pub(crate) async fn open(
    url: &str,
    timeouts: PostgresTimeouts,
    health: &WriteHealth,
    [all, batches]: [u32; 2],
) -> Result<(PgPool, PgPool)> {
    let checked = refuse_transaction_pooling(url).await;
    if let Err(Error::TransactionPooling) = checked {
        return Err(Error::TransactionPooling);
    }
    // Waits while Postgres starts.
    let all = pool(all, timeouts, health).connect(url).await?;
    if checked.is_err() {
        refuse_transaction_pooling(url).await?;
    }
    let batches = pool(batches, timeouts.for_batches(), health).connect_lazy(url)?;
    Ok((all, batches))
}
