//! The database handle: the only module that knows that two engines exist.
//!
//! SQL is written once, in the portable subset, and each body is compiled for both engines by
//! `on!`. SQLite has one writer (`BEGIN IMMEDIATE`) and readers beside it; both engines make a
//! commit durable before it is acknowledged.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskbell_protocol::{ConversationId, UnixMs, UserId, VisitorId, WorkspaceId};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, Postgres};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::types::Uuid;
use sqlx::types::uuid::Builder;
use sqlx::{AssertSqlSafe, Connection as _, Transaction};

use crate::conversations::LockedConversation;
use crate::error::{CommitUnconfirmed, refuses_writes};
use crate::head_cache::{CacheLease, HeadCache};
use crate::head_updates::HeadUpdates;
use crate::health::WriteHealth;
use crate::locks::HeldLocks;
use crate::postgres::{self, PostgresTimeouts};
use crate::random_pool::{RANDOM_BYTES, RandomPool};
use crate::rows::Placeholders;
use crate::simulation::{self, Flaw, Turn, settle};
use crate::sqlite_pool::{ACQUIRE_TIMEOUT, PooledConnection, SqlitePool, WriteTx};
use crate::{CommitHook, Committed, DomainEvent, Effect, Error, Result, outbox};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

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
/// How often it asks.
const WRITERS_POLL: Duration = Duration::from_millis(20);
/// Connections for batches only: each connection prepares and plans its own statements, and those
/// of batches are long. Further batches wait.
const POSTGRES_BATCHES: u32 = 2;

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

/// A database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    hook: Option<Arc<dyn CommitHook>>,
    health: WriteHealth,
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

/// A connection of either engine, borrowed for one statement.
pub enum Connection<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

/// The handle that statements run on: a [`Reader`] or a [`Tx`].
pub trait Handle: Send {
    fn connection(&mut self) -> Connection<'_>;
    /// How this engine writes placeholders.
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

/// A write transaction. If it is dropped without a commit, it is rolled back.
pub struct Tx {
    transaction: Either,
    now: UnixMs,
    pub(crate) head_updates: HeadUpdates,
    /// The cached heads; only batches on SQLite have any.
    lease: Option<CacheLease>,
    random_pool: RandomPool,
    committed: Committed,
    hook: Option<Arc<dyn CommitHook>>,
    /// Events of this transaction happened before; they are only published again.
    is_republishing: bool,
    pub(crate) locks: HeldLocks,
    turn: Turn,
    health: WriteHealth,
}

enum Either {
    Sqlite(WriteTx),
    Postgres(Transaction<'static, Postgres>),
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
            // The journal of a single statement is lease in memory, not in a file.
            .pragma("temp_store", "memory")
            .pragma("cache_size", SQLITE_WRITER_CACHE)
            .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT);
        let writer = SqlitePool::new(writing, simulation::room(1));
        // Opens the first connection now, so that an unusable file is reported at the start.
        drop(settle(writer.acquire()).await?);
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
        })
    }

    /// Connects to the Postgres database at `url`.
    pub async fn open_postgres(url: &str) -> Result<Self> {
        Self::open_postgres_with(url, PostgresTimeouts::default()).await
    }

    /// The same, with other limits on how long its sessions wait.
    pub async fn open_postgres_with(url: &str, timeouts: PostgresTimeouts) -> Result<Self> {
        let health = WriteHealth::default();
        let connections = [POSTGRES_CONNECTIONS, POSTGRES_BATCHES];
        let (all, batches) = postgres::open(url, timeouts, &health, connections).await?;
        Ok(Self {
            pools: Pools::Postgres {
                url: url.into(),
                all,
                batches,
            },
            hook: None,
            health,
        })
    }

    /// Brings the schema up to date. A database of a newer Deskbell is refused.
    pub async fn migrate(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => MIGRATIONS.run(&mut *writer.acquire().await?).await?,
            Pools::Postgres { url, .. } => {
                // Without the timeouts of the pools: a migration may take its time, and other nodes
                // wait for it.
                let mut connection = PgConnection::connect(url).await?;
                MIGRATIONS.run(&mut connection).await?;
                outbox::raise_offset(&mut connection).await?;
                let _ = connection.close().await;
            }
        }
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let mut reader = self.read().await?;
        on!(&mut reader, c => sqlx::query("SELECT 1").execute(c).await.map(drop))?;
        Ok(())
    }

    /// The numbers of all migrations, for tests.
    #[doc(hidden)]
    pub fn migration_levels() -> impl Iterator<Item = i64> {
        MIGRATIONS.iter().map(|migration| migration.version)
    }

    /// Migrates up to one level, for tests of upgrades.
    #[doc(hidden)]
    pub async fn migrate_to(&self, level: i64) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                MIGRATIONS
                    .run_to(level, &mut *writer.acquire().await?)
                    .await?;
            }
            Pools::Postgres { all, .. } => MIGRATIONS.run_to(level, all).await?,
        }
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
            Pools::Sqlite { readers, .. } => Reader::Sqlite(settle(readers.acquire()).await?),
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
                let transaction = settle(writer.begin()).await;
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
        Ok(Tx {
            transaction,
            now,
            head_updates: HeadUpdates::default(),
            lease,
            random_pool: RandomPool::default(),
            committed: Committed::default(),
            hook: self.hook.clone(),
            is_republishing: false,
            locks: HeldLocks::default(),
            turn,
            health: self.health.clone(),
        })
    }

    /// The same database, whose commits are reported to `hook`. Other handles stay as they are.
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

impl Tx {
    /// The time of the transaction.
    pub fn now(&self) -> UnixMs {
        self.now
    }

    /// The end of a SELECT of `c` that locks its rows until the commit. SQLite has no such clause
    /// and needs none: this transaction is its only writer.
    pub(crate) fn for_update(&self) -> &'static str {
        match &self.transaction {
            Either::Sqlite(_) => "",
            Either::Postgres(_) => " FOR UPDATE OF c",
        }
    }

    /// The end of a SELECT of `c` that locks its rows until the commit, but lets others add rows
    /// that refer to them.
    pub(crate) fn for_no_key_update(&self) -> &'static str {
        match &self.transaction {
            Either::Sqlite(_) => "",
            Either::Postgres(_) => " FOR NO KEY UPDATE OF c",
        }
    }

    /// The end of a SELECT of `c` that locks its rows until the commit; others may lock them in the
    /// same way.
    pub(crate) fn for_key_share(&self) -> &'static str {
        match &self.transaction {
            Either::Sqlite(_) => "",
            Either::Postgres(_) => " FOR KEY SHARE OF c",
        }
    }

    /// The conflict clause of an INSERT or an UPDATE of many rows after whose failure the
    /// transaction is dropped. Without it SQLite would journal each page in order to undo the
    /// statement alone.
    pub(crate) fn or_fail(&self) -> &'static str {
        match &self.transaction {
            Either::Sqlite(_) => " OR FAIL",
            Either::Postgres(_) => "",
        }
    }

    /// An id for a row that has no type of its own.
    pub(crate) fn new_uuid(&mut self) -> Uuid {
        let millis = u64::try_from(self.now).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.random()).into_uuid()
    }

    /// Random bytes for an id.
    pub(crate) fn random(&mut self) -> [u8; RANDOM_BYTES] {
        self.random_pool.next()
    }

    /// Takes those of the heads that are cached and not outdated. They are locked: this transaction
    /// is the only writer.
    pub(crate) async fn take_cached_heads(
        &mut self,
        ids: &[ConversationId],
    ) -> Result<HashMap<ConversationId, LockedConversation>> {
        let (Either::Sqlite(connection), Some(lease)) = (&mut self.transaction, &mut self.lease)
        else {
            return Ok(HashMap::new());
        };
        // In a simulation the pool has many connections, and each takes the others for another
        // process.
        let version = match simulation::now() {
            Some(_) => 0,
            None => {
                let version = sqlx::query_scalar("PRAGMA data_version");
                version.fetch_one(connection.connection()).await?
            }
        };
        if lease.cached.version != version {
            lease.cached.version = version;
            lease.cached.heads.clear();
        }
        let heads = &mut lease.cached.heads;
        Ok(ids.iter().filter_map(|id| heads.remove_entry(id)).collect())
    }

    /// Runs a statement of a test.
    #[doc(hidden)]
    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        Ok(on!(self, c => sqlx::query(AssertSqlSafe(sql.to_owned())).execute(c).await.map(drop))?)
    }

    /// Lets the statements of this transaction wait only this long for a lock. SQLite has no locks but
    /// its one writer's, which this transaction has.
    pub async fn limit_lock_wait(&mut self, wait: Duration) -> Result<()> {
        if let Either::Postgres(connection) = &mut self.transaction {
            let sql = format!("SET LOCAL lock_timeout = {}", wait.as_millis());
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut **connection)
                .await?;
        }
        Ok(())
    }

    /// Caches the heads for the next batch, once this one is committed.
    pub fn cache_heads(&mut self, heads: HashMap<ConversationId, LockedConversation>) {
        if let Some(lease) = &mut self.lease {
            lease.cached.heads.extend(heads);
        }
    }

    /// Adds a domain event, for after the commit.
    pub(crate) fn emit(&mut self, event: DomainEvent) {
        self.committed.events.push(event);
    }

    /// The events and effects so far.
    pub fn collected(&self) -> &Committed {
        &self.committed
    }

    /// Adds an effect, for after the commit.
    pub fn after_commit(&mut self, effect: Effect) {
        self.committed.effects.insert(effect);
    }

    /// After the commit the sockets of a member in this workspace authenticate again.
    pub fn reauthenticate_member(&mut self, workspace_id: WorkspaceId, user_id: UserId) {
        self.after_commit(Effect::ReauthenticateMember {
            workspace_id,
            user_id,
        });
    }

    /// The same for a visitor, or for all visitors of the workspace.
    pub fn reauthenticate_visitors(
        &mut self,
        workspace_id: WorkspaceId,
        visitor_id: Option<VisitorId>,
    ) {
        self.after_commit(Effect::ReauthenticateVisitors {
            workspace_id,
            visitor_id,
        });
    }

    /// The events of this transaction happened in others, whose commits were not confirmed: they are
    /// published again, and not appended to the outbox.
    pub(crate) fn republish(&mut self) {
        self.is_republishing = true;
    }

    async fn write(&mut self) -> Result<()> {
        std::mem::take(&mut self.head_updates).write(self).await?;
        match self.is_republishing {
            true => Ok(()),
            false => outbox::append(self).await,
        }
    }

    /// Commits durably, then reports to the hook of the [`Store`]: also when the commit is not
    /// confirmed.
    pub async fn commit(mut self) -> Result<()> {
        let Some(hook) = self.hook.take() else {
            self.commit_unpublished().await?;
            return Ok(());
        };
        if simulation::has(Flaw::TellBeforeCommit) {
            hook.committed(Committed {
                events: self.committed.events.clone(),
                ..Committed::default()
            });
        }
        match self.commit_unpublished().await {
            Ok(committed) => {
                hook.committed(committed);
                Ok(())
            }
            Err(unconfirmed) => {
                hook.unconfirmed(unconfirmed.committed);
                Err(unconfirmed.error)
            }
        }
    }

    /// Commits durably and returns what the hook would have received.
    pub async fn commit_unpublished(mut self) -> Result<Committed, CommitUnconfirmed> {
        let written = self.write().await;
        let Self {
            transaction,
            committed,
            lease,
            turn,
            health,
            ..
        } = self;
        if let Err(error) = written {
            return Err(CommitUnconfirmed { error, committed });
        }
        let done = settle(async move {
            let _turn = turn;
            match transaction {
                Either::Sqlite(transaction) => transaction.commit().await,
                Either::Postgres(transaction) => transaction.commit().await,
            }
        });
        match done.await {
            Ok(()) => {
                health.record_write();
                if let Some(lease) = lease {
                    lease.put_back();
                }
                Ok(committed)
            }
            Err(error) => {
                health.record(&error);
                Err(CommitUnconfirmed {
                    error: error.into(),
                    committed,
                })
            }
        }
    }
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

impl Handle for Tx {
    fn connection(&mut self) -> Connection<'_> {
        match &mut self.transaction {
            Either::Sqlite(transaction) => Connection::Sqlite(transaction.connection()),
            Either::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    fn placeholders(&self) -> Placeholders {
        match self.transaction {
            Either::Sqlite(_) => Placeholders::Counted,
            Either::Postgres(_) => Placeholders::Numbered,
        }
    }

    fn changed_head(&self, id: ConversationId) -> Option<&LockedConversation> {
        self.head_updates.find(id)
    }

    fn record_failure(&mut self, error: &sqlx::Error) {
        if self.health.record(error)
            && let Either::Sqlite(transaction) = &mut self.transaction
        {
            transaction.discard();
        }
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
