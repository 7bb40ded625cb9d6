//! SQLite's readers: connections that are lent, and come back without a word.
//!
//! sqlx's pool asks each connection that comes back whether it still lives: a task, and a trip to
//! the connection's thread and back, as long as most of what is read. A file does not hang up.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Error};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::db::ACQUIRE_TIMEOUT;

/// Connections to one file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Inner>);

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
    readers: Readers,
    _room: OwnedSemaphorePermit,
}

impl Readers {
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
            readers: self.clone(),
            _room: room,
        })
    }

    /// Waits for all and hangs up.
    pub(crate) async fn close(&self) {
        let all = self.0.room.acquire_many(self.0.most).await;
        self.0.room.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // It has nothing to write.
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
        self.readers.idle().extend(self.connection.take());
    }
}
