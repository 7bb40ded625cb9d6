//! Connection pool for SQLite without a health check when a connection is returned.
//!
//! sqlx's pool pings every connection that is returned: a task and a round trip to the connection's
//! thread, which takes as long as most reads, and the next writer waits for it. The connection to a
//! local file does not break by itself.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteTransactionManager as Manager};
use sqlx::{ConnectOptions as _, Connection as _, Error, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::simulation::settle;

/// How long a request waits for a connection before the database counts as unavailable.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool of connections to one file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SqlitePool(Arc<Inner>);

struct Inner {
    options: SqliteConnectOptions,
    max_connections: u32,
    permits: Arc<Semaphore>,
    /// Connections that are not in use. The one that was used last is at the end and is used first,
    /// because its cache is the fullest.
    idle: Mutex<Vec<SqliteConnection>>,
}

/// A pooled connection. It is returned to the pool when it is dropped.
pub struct PooledConnection {
    /// `None` while it is being dropped, or if it must not be returned.
    connection: Option<SqliteConnection>,
    pool: SqlitePool,
    _permit: OwnedSemaphorePermit,
}

/// A write transaction. If it is dropped before it is committed, it is rolled back.
pub(crate) struct WriteTx {
    connection: PooledConnection,
    is_open: bool,
    /// The connection is closed instead of being returned.
    is_broken: bool,
}

impl SqlitePool {
    /// A pool that opens connections when they are needed.
    pub(crate) fn new(options: SqliteConnectOptions, max_connections: u32) -> Self {
        let permits = Arc::new(Semaphore::new(max_connections as usize));
        Self(Arc::new(Inner {
            options,
            max_connections,
            permits,
            idle: Mutex::default(),
        }))
    }

    /// Acquires a connection. Fails as sqlx's pools do: `PoolTimedOut`, `PoolClosed`.
    pub(crate) async fn acquire(&self) -> Result<PooledConnection, Error> {
        let permit = Arc::clone(&self.0.permits).acquire_owned();
        let permit = timeout(ACQUIRE_TIMEOUT, permit).await;
        let permit = permit
            .map_err(|_| Error::PoolTimedOut)?
            .map_err(|_| Error::PoolClosed)?;
        // Only from here on a simulation may block: a permit is returned by another task.
        let connection = settle(self.pop_or_open()).await?;
        Ok(PooledConnection {
            connection: Some(connection),
            pool: self.clone(),
            _permit: permit,
        })
    }

    async fn pop_or_open(&self) -> Result<SqliteConnection, Error> {
        let idle = self.idle().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => self.0.options.connect().await,
        }
    }

    /// Acquires a connection and begins a write transaction.
    pub(crate) async fn begin(&self) -> Result<WriteTx, Error> {
        let mut connection = self.acquire().await?;
        settle(async move {
            let begin = "BEGIN IMMEDIATE".into_sql_str();
            if let Err(error) = Manager::begin(&mut connection, Some(begin)).await {
                // Its thread may have ended: the next writer opens another connection.
                drop(connection.connection.take());
                return Err(error);
            }
            // Made here, so that a cancelled future drops a transaction, which rolls back.
            Ok(WriteTx {
                connection,
                is_open: true,
                is_broken: false,
            })
        })
        .await
    }

    /// Waits until all connections are returned, and closes them.
    pub(crate) async fn close(&self) {
        let all = self.0.permits.acquire_many(self.0.max_connections).await;
        self.0.permits.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // What was committed is in the write-ahead log, whether it is checkpointed now or not.
            let _ = connection.close().await;
        }
    }

    /// A panic while the lock is held leaves a list that is still whole, so a poisoned lock is used.
    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for PooledConnection {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.connection
            .as_ref()
            .expect("a connection is taken out only when it is dropped")
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection
            .as_mut()
            .expect("a connection is taken out only when it is dropped")
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        self.pool.idle().extend(self.connection.take());
    }
}

impl WriteTx {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Closes the connection once the transaction has ended: after a full disk SQLite may have rolled
    /// back by itself, and sqlx would count a transaction that is no longer there.
    pub(crate) fn discard(&mut self) {
        self.is_broken = true;
    }

    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        self.is_broken = true;
        Manager::commit(&mut self.connection).await?;
        self.is_broken = false;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if self.is_broken {
            // Closing rolls back. The next writer opens another connection, which waits for that.
            self.connection.connection = None;
        } else if self.is_open {
            // The connection's thread rolls back before it runs the next statement.
            Manager::start_rollback(&mut self.connection);
        }
    }
}
