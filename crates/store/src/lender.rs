//! SQLite's connections: they are lent, and come back without a word.
//!
//! sqlx's pool asks each connection that comes back whether it still lives: a task, and a trip to
//! the connection's thread and back, as long as most of what is read, and the next writer waits for
//! it. A file does not hang up.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteTransactionManager as Manager};
use sqlx::{ConnectOptions as _, Connection as _, Error, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::db::ACQUIRE_TIMEOUT;

/// Connections to one file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Lender(Arc<Inner>);

struct Inner {
    options: SqliteConnectOptions,
    /// How many there may be.
    most: u32,
    room: Arc<Semaphore>,
    /// Those that nobody has; the one that was used last knows most.
    idle: Mutex<Vec<SqliteConnection>>,
}

/// A connection that goes back when it is dropped.
pub struct Lent {
    /// Until it is dropped.
    connection: Option<SqliteConnection>,
    lender: Lender,
    _room: OwnedSemaphorePermit,
}

/// A connection in a transaction, which ends when this is dropped.
pub(crate) struct Writing {
    lent: Lent,
    is_open: bool,
}

impl Lender {
    /// At most so many. They are opened when they are needed.
    pub(crate) fn new(options: SqliteConnectOptions, most: u32) -> Self {
        let room = Arc::new(Semaphore::new(most as usize));
        Self(Arc::new(Inner {
            options,
            most,
            room,
            idle: Mutex::default(),
        }))
    }

    /// Lends one. As of sqlx's pools: `PoolTimedOut`, `PoolClosed`.
    pub(crate) async fn acquire(&self) -> Result<Lent, Error> {
        let room = Arc::clone(&self.0.room).acquire_owned();
        let room = timeout(ACQUIRE_TIMEOUT, room).await;
        let room = room
            .map_err(|_| Error::PoolTimedOut)?
            .map_err(|_| Error::PoolClosed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.0.options.connect().await?,
        };
        Ok(Lent {
            connection: Some(connection),
            lender: self.clone(),
            _room: room,
        })
    }

    /// Lends one that has begun to write.
    pub(crate) async fn begin(&self) -> Result<Writing, Error> {
        let mut lent = self.acquire().await?;
        let begin = "BEGIN IMMEDIATE".into_sql_str();
        if let Err(error) = Manager::begin(&mut lent, Some(begin)).await {
            // Its thread may have died: the next writer gets another.
            lent.connection = None;
            return Err(error);
        }
        Ok(Writing {
            lent,
            is_open: true,
        })
    }

    /// Waits for all and hangs up.
    pub(crate) async fn close(&self) {
        let all = self.0.room.acquire_many(self.0.most).await;
        self.0.room.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // What was committed is in the log, whether it is brought home now or not.
            let _ = connection.close().await;
        }
    }

    /// A panic while the lock is held leaves a list that is still whole: go on with it.
    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Lent {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect("it is dropped once")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("it is dropped once")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.lender.idle().extend(self.connection.take());
    }
}

impl Writing {
    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.lent
    }

    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        Manager::commit(&mut self.lent).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if self.is_open {
            // Its thread does so before whatever comes next.
            Manager::start_rollback(&mut self.lent);
        }
    }
}
