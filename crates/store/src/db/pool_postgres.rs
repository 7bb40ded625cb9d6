//! Postgres connections: their pools, session settings and timeouts, and the check for PgBouncer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use tokio::sync::Mutex;

use super::health::WriteHealth;
use super::marker_cache::MarkerCache;
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

/// The options of a pool with this maximum number of connections.
fn pool(
    connections: u32,
    timeouts: PostgresTimeouts,
    health: &WriteHealth,
    check: &PoolingCheck,
    markers: &MarkerCache,
) -> PgPoolOptions {
    let settings = timeouts.sql();
    let (health, check, markers) = (health.clone(), check.clone(), markers.clone());
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
            markers.clear();
            let (settings, check) = (settings.clone(), check.clone());
            Box::pin(async move {
                // A connection that does not pass is not used, and nothing may be set on it.
                if check.passes(&mut *connection).await? {
                    sqlx::raw_sql(AssertSqlSafe(settings))
                        .execute(connection)
                        .await?;
                }
                Ok(())
            })
        })
}

/// The check for a PgBouncer that gives connections to clients for a transaction or a statement
/// only: prepared statements and session settings would end up on other clients' connections.
///
/// On Postgres itself, and through a pooler in session mode, two open connections never share a
/// server process. In the other modes the second one gets the process that the first has just used.
/// The second one is the first connection of the pool, before anything is set on it: each connection
/// costs a server several milliseconds when it starts.
#[derive(Clone, Default)]
struct PoolingCheck {
    url: String,
    /// The first connection. `None` once the check is done.
    first: Arc<Mutex<Option<PgConnection>>>,
    /// Whether there is such a PgBouncer.
    has_failed: Arc<AtomicBool>,
}

/// Other clients of a busy pooler may get in between.
const POOLING_CHECKS: u32 = 4;

impl PoolingCheck {
    /// Opens the first connection. Waits while Postgres starts, which a pool does.
    async fn begin(url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy(url)?;
        let first = pool.acquire().await?.detach();
        Ok(Self {
            url: url.to_owned(),
            first: Arc::new(Mutex::new(Some(first))),
            has_failed: Arc::default(),
        })
    }

    /// Compares the processes of both connections, once. Returns whether they are different.
    async fn passes(&self, second: &mut PgConnection) -> sqlx::Result<bool> {
        let mut first = self.first.lock().await;
        if let Some(connection) = &mut *first {
            match share_a_process(connection, second).await {
                Ok(share) => self.has_failed.store(share, Ordering::Relaxed),
                Err(error) => {
                    // The pool repeats this with a new second connection, so the first must work, too.
                    *first = Some(PgConnection::connect(&self.url).await?);
                    return Err(error);
                }
            }
        }
        if let Some(connection) = first.take() {
            let _ = connection.close().await;
        }
        Ok(!self.has_failed.load(Ordering::Relaxed))
    }
}

/// Whether a pooler lets both connections use the same server process.
async fn share_a_process(
    first: &mut PgConnection,
    second: &mut PgConnection,
) -> sqlx::Result<bool> {
    for _ in 0..POOLING_CHECKS {
        if process_id(first).await? == process_id(second).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The process id of the server that answers, by the simple protocol, which prepares nothing.
async fn process_id(connection: &mut PgConnection) -> sqlx::Result<i32> {
    let row = sqlx::raw_sql("SELECT pg_backend_pid()")
        .fetch_one(connection)
        .await?;
    row.try_get(0)
}

/// Opens the pool for everything, then the one for batches.
pub(crate) async fn open(
    url: &str,
    timeouts: PostgresTimeouts,
    health: &WriteHealth,
    markers: &MarkerCache,
    [all, batches]: [u32; 2],
) -> Result<(PgPool, PgPool)> {
    let check = PoolingCheck::begin(url).await?;
    let all = pool(all, timeouts, health, &check, markers)
        .connect(url)
        .await?;
    if check.has_failed.load(Ordering::Relaxed) {
        return Err(Error::TransactionPooling);
    }
    let batches =
        pool(batches, timeouts.for_batches(), health, &check, markers).connect_lazy(url)?;
    Ok((all, batches))
}
