//! The database handle: the only module that knows that two engines exist.
//!
//! SQL is written once, in the portable subset, and each body is compiled for both engines by
//! `on!`. SQLite has one writer (`BEGIN IMMEDIATE`) and readers beside it; both engines make a
//! commit durable before it is acknowledged.

/// Runs one body on the engine of the handle: `on!(handle, c => query.execute(c).await)`.
macro_rules! on {
    ($handle:expr, $c:ident => $body:expr) => {{
        let result = $crate::simulation::settle(async {
            match $crate::db::Handle::connection($handle) {
                $crate::db::Connection::Sqlite($c) => $body,
                $crate::db::Connection::Postgres($c) => $body,
            }
        })
        .await;
        if let Err(error) = &result {
            $crate::db::Handle::record_failure($handle, error);
        }
        result
    }};
}

mod handle;
mod head_cache;
mod health;
pub(crate) mod locks;
mod marker_cache;
mod migrations;
pub(crate) mod pool_postgres;
mod pool_sqlite;
mod random_pool;
pub(crate) mod rows;
mod tx;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskbell_protocol::UnixMs;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::error::refuses_writes;
use crate::simulation;
use crate::{CommitHook, Error, Result};
use head_cache::HeadCache;
use health::WriteHealth;
use marker_cache::MarkerCache;
use pool_postgres::PostgresTimeouts;
use pool_sqlite::{ACQUIRE_TIMEOUT, SqlitePool};
use tx::Either;

pub use handle::{Connection, Handle, Reader};
pub use tx::Tx;

const SQLITE_READERS: u32 = 4;
/// Rows that a connection's thread reads ahead: a batch, so that it does not wait for the reader.
const SQLITE_ROWS: usize = 512;
/// The page cache of the writer, in KiB: with SQLite's own 2 MiB the pages of a batch were written
/// twice.
const SQLITE_WRITER_CACHE: &str = "-16384";
/// The page cache of a reader: with 2 MiB one page of history evicted the pages of the inbox.
const SQLITE_READER_CACHE: &str = "-4096";
/// Pages in the write-ahead log before a checkpoint: a page that many batches change is then
/// written once. 32 MiB.
const SQLITE_CHECKPOINT: &str = "8192";
/// How long [`Store::check_writable`] waits.
const WRITE_CHECK_TIMEOUT: Duration = Duration::from_secs(3);
const WRITE_CHECK: &str = "UPDATE write_checks SET checked_at = $1 WHERE id = 1";
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long [`Store::wait_for_writers`] waits: longer than a transaction of ours takes.
const WRITERS_TIMEOUT: Duration = Duration::from_secs(10);
/// The interval at which [`Store::wait_for_writers`] polls.
const WRITERS_POLL: Duration = Duration::from_millis(20);
/// Connections for batches only: each connection prepares and plans its own statements, and those
/// of batches are long. Further batches wait.
const POSTGRES_BATCHES: u32 = 2;

/// A database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    hook: Option<Arc<dyn CommitHook>>,
    health: WriteHealth,
    markers: MarkerCache,
}

#[derive(Clone)]
enum Pools {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        head_cache: HeadCache,
    },
    Postgres {
        url: Arc<str>,
        all: PgPool,
        batches: PgPool,
    },
}

/// The kind of a transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    Any,
    Batch,
}

impl Store {
    /// Opens the SQLite file at `path`. If it does not exist it is created, readable by its owner
    /// alone; SQLite gives the files beside it the same mode.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        create_private(path).map_err(sqlx::Error::Io)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE_TIMEOUT)
            .row_buffer_size(SQLITE_ROWS);
        let writing = options
            .clone()
            // SQLite writes the journal of a single statement to memory instead of a file.
            .pragma("temp_store", "memory")
            .pragma("cache_size", SQLITE_WRITER_CACHE)
            .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT);
        let writer = SqlitePool::new(writing, simulation::room(1));
        // Opens the first connection now, so that an unusable file is reported at the start.
        drop(writer.acquire().await?);
        let reading = options
            .pragma("query_only", "true")
            .pragma("cache_size", SQLITE_READER_CACHE);
        let readers = SqlitePool::new(reading, simulation::room(SQLITE_READERS));
        Ok(Self {
            pools: Pools::Sqlite {
                writer,
                readers,
                head_cache: HeadCache::default(),
            },
            hook: None,
            health: WriteHealth::default(),
            markers: MarkerCache::default(),
        })
    }

    /// Connects to the Postgres database at `url`.
    pub async fn open_postgres(url: &str) -> Result<Self> {
        Self::open_postgres_with(url, PostgresTimeouts::default()).await
    }

    /// Like [`Store::open_postgres`], with other timeouts for its sessions.
    pub async fn open_postgres_with(url: &str, timeouts: PostgresTimeouts) -> Result<Self> {
        let (health, markers) = (WriteHealth::default(), MarkerCache::default());
        let connections = [POSTGRES_CONNECTIONS, POSTGRES_BATCHES];
        let (all, batches) =
            pool_postgres::open(url, timeouts, &health, &markers, connections).await?;
        Ok(Self {
            pools: Pools::Postgres {
                url: url.into(),
                all,
                batches,
            },
            hook: None,
            health,
            markers,
        })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let mut reader = self.read().await?;
        on!(&mut reader, c => sqlx::query("SELECT 1").execute(c).await.map(drop))?;
        Ok(())
    }

    /// Checks that the database accepts writes, by a small one, within [`WRITE_CHECK_TIMEOUT`].
    pub async fn check_writable(&self, now: UnixMs) -> Result<()> {
        let check = async {
            match self.write_check(now).await {
                // The connection may be older than a failover: another one is tried.
                Err(Error::Backend(error)) if refuses_writes(&error) => self.write_check(now).await,
                checked => checked,
            }
        };
        let checked = tokio::time::timeout(WRITE_CHECK_TIMEOUT, self.health.check(check));
        checked
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut.into()))
    }

    async fn write_check(&self, now: UnixMs) -> Result<()> {
        if let Pools::Postgres { all, .. } = &self.pools {
            // Without a transaction, so that a node that is frozen meanwhile holds no lock.
            let checked = sqlx::query(WRITE_CHECK).bind(now).execute(all).await;
            let checked = checked.inspect_err(|error| _ = self.health.record(error));
            checked?;
            self.health.record_write();
            return Ok(());
        }
        let mut tx = self.begin(now).await?;
        on!(&mut tx, c => sqlx::query(WRITE_CHECK).bind(now).execute(c).await.map(drop))?;
        tx.commit().await
    }

    /// "sqlite" or "postgres".
    pub fn engine(&self) -> &'static str {
        match &self.pools {
            Pools::Sqlite { .. } => "sqlite",
            Pools::Postgres { .. } => "postgres",
        }
    }

    /// A handle to read with.
    pub async fn read(&self) -> Result<Reader> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Reader::Sqlite(readers.acquire().await?),
            Pools::Postgres { all, .. } => Reader::Postgres(all.acquire().await?),
        })
    }

    /// Begins a transaction at `now`.
    pub async fn begin(&self, now: UnixMs) -> Result<Tx> {
        self.begin_for(Work::Any, now).await
    }

    /// Begins a transaction that changes only heads that it locks, and rows that belong to them. It
    /// may leave the heads for the next batch with [`Tx::cache_heads`].
    pub async fn begin_batch(&self, now: UnixMs) -> Result<Tx> {
        self.begin_for(Work::Batch, now).await
    }

    async fn begin_for(&self, work: Work, now: UnixMs) -> Result<Tx> {
        let turn = simulation::turn().await;
        let (transaction, lease) = match &self.pools {
            Pools::Sqlite {
                writer, head_cache, ..
            } => {
                let transaction = writer.begin().await;
                let transaction = transaction.inspect_err(|error| _ = self.health.record(error))?;
                let left = head_cache.take();
                let lease = (work == Work::Batch).then_some(left);
                (Either::Sqlite(transaction), lease)
            }
            Pools::Postgres { all, batches, .. } => {
                let pool = match work {
                    Work::Any => all,
                    Work::Batch => batches,
                };
                (Either::Postgres(pool.begin().await?), None)
            }
        };
        let (hook, health) = (self.hook.clone(), self.health.clone());
        let markers = self.markers.begin();
        Ok(Tx::new(
            transaction,
            now,
            lease,
            markers,
            turn,
            hook,
            health,
        ))
    }

    /// Returns a handle to the same database that reports its commits to `hook`. Other handles do not change.
    pub fn with_hook(self, hook: Arc<dyn CommitHook>) -> Self {
        Self {
            hook: Some(hook),
            ..self
        }
    }

    /// Waits until every transaction that writes at this moment has ended, but no longer than
    /// [`WRITERS_TIMEOUT`]. Afterwards a commit whose answer was lost either shows or never will.
    pub async fn wait_for_writers(&self) -> Result<()> {
        // Only Postgres numbers transactions; SQLite has one writer, whose turn this waits for.
        const NEXT: &str =
            "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)";
        const OLDEST: &str =
            "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)";
        let Pools::Postgres { all, .. } = &self.pools else {
            return self.begin(0).await.map(drop);
        };
        let begun = tokio::time::Instant::now();
        let next: i64 = sqlx::query_scalar(NEXT).fetch_one(all).await?;
        while begun.elapsed() < WRITERS_TIMEOUT {
            let oldest: i64 = sqlx::query_scalar(OLDEST).fetch_one(all).await?;
            if oldest >= next {
                break;
            }
            tokio::time::sleep(WRITERS_POLL).await;
        }
        Ok(())
    }

    /// Waits for running statements and closes all connections.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite {
                writer, readers, ..
            } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { all, batches, .. } => {
                all.close().await;
                batches.close().await;
            }
        }
    }

    /// Lists every table with rows of a workspace, and `workspaces` itself.
    #[doc(hidden)]
    pub async fn tables_of_workspaces(&self) -> Result<Vec<String>> {
        const SQLITE: &str = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
            WHERE m.type = 'table' AND (c.name = 'workspace_id' OR (m.name = 'workspaces' AND c.name = 'id')) ORDER BY m.name";
        const POSTGRES: &str = "SELECT CAST(table_name AS TEXT) FROM information_schema.columns \
            WHERE table_schema = 'public' AND (column_name = 'workspace_id' \
            OR (table_name = 'workspaces' AND column_name = 'id')) ORDER BY table_name";
        let mut reader = self.read().await?;
        let sql = match &reader {
            Reader::Sqlite(_) => SQLITE,
            Reader::Postgres(_) => POSTGRES,
        };
        Ok(on!(&mut reader, c => sqlx::query_scalar(sql).fetch_all(c).await)?)
    }

    /// Runs a writing statement of a test or a tool.
    #[doc(hidden)]
    pub async fn execute(&self, sql: &str) -> Result<()> {
        let mut tx = self.begin(0).await?;
        tx.execute(sql).await?;
        tx.commit().await
    }

    /// Runs a counting statement of a test or a tool.
    #[doc(hidden)]
    pub async fn count(&self, sql: &str) -> Result<i64> {
        let mut reader = self.read().await?;
        Ok(
            on!(&mut reader, c => sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(c).await)?,
        )
    }
}

/// Creates the file if it does not exist, for its owner alone.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
