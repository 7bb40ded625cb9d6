//! The only file that knows that two engines exist.
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
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, Transaction};

use crate::changes::Changes;
use crate::conversations::Locked;
use crate::dice::{Dice, ROLL};
use crate::error::CommitUnconfirmed;
use crate::kept::{Place, Shelf};
use crate::lender::{Lender, Lent, Writing};
use crate::rows::Placeholders;
use crate::simulation::{self, Flaw, Turn, settle};
use crate::{CommitHook, Committed, DomainEvent, Effect, Result};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long a request waits for a connection before the database counts as unavailable.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const SQLITE_READERS: u32 = 4;
/// Rows that a connection's thread reads ahead: a batch, without waiting for whoever takes them.
const SQLITE_ROWS: usize = 512;
/// What the writer may hold, in KiB: with SQLite's own 2 MiB what a batch touches was written twice.
const SQLITE_WRITER_CACHE: &str = "-16384";
/// And a reader: with 2 MiB one look into the past drove out what agents look at all day.
const SQLITE_READER_CACHE: &str = "-4096";
/// Pages in the write-ahead log after which they are brought home: a page that many batches change
/// is then written there once. 32 MiB.
const SQLITE_CHECKPOINT: &str = "8192";
const POSTGRES_TRUST: Duration = Duration::from_secs(1);
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long [`Store::wait_for_writers`] waits: longer than a transaction of ours takes.
const WRITERS_TIMEOUT: Duration = Duration::from_secs(10);
/// How often it asks.
const WRITERS_POLL: Duration = Duration::from_millis(20);
/// Those that batches have for themselves: each connection prepares and plans its statements anew,
/// and those of batches are long. More at a time than this wait.
const POSTGRES_BATCHES: u32 = 2;

/// Runs one body on whichever engine the handle speaks to: `on!(handle, c => query.execute(c).await)`.
macro_rules! on {
    ($handle:expr, $c:ident => $body:expr) => {
        $crate::simulation::settle(async {
            match $crate::db::Handle::connection($handle) {
                $crate::db::Connection::Sqlite($c) => $body,
                $crate::db::Connection::Postgres($c) => $body,
            }
        })
        .await
    };
}

/// A database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    hook: Option<Arc<dyn CommitHook>>,
}

#[derive(Clone)]
enum Pools {
    Sqlite {
        writer: Lender,
        readers: Lender,
        shelf: Shelf,
    },
    Postgres {
        all: PgPool,
        batches: PgPool,
    },
}

/// What a transaction is for.
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

/// What statements run on: a [`Reader`] or a [`Tx`].
pub trait Handle: Send {
    fn connection(&mut self) -> Connection<'_>;
    /// How this engine writes placeholders.
    fn placeholders(&self) -> Placeholders;

    /// A head that is changed here and not written yet: it counts, not the row.
    fn changed_head(&self, _id: ConversationId) -> Option<&Locked> {
        None
    }
}

/// A handle that reads.
pub enum Reader {
    Sqlite(Lent),
    Postgres(PoolConnection<Postgres>),
}

/// A handle that writes. Dropped without a commit, it has never happened.
pub struct Tx {
    transaction: Either,
    now: UnixMs,
    pub(crate) changes: Changes,
    /// Heads that are known without reading them; only a batch on SQLite has any.
    kept: Option<Place>,
    dice: Dice,
    committed: Committed,
    hook: Option<Arc<dyn CommitHook>>,
    turn: Turn,
}

enum Either {
    Sqlite(Writing),
    Postgres(Transaction<'static, Postgres>),
}

impl Store {
    /// Opens the SQLite file at `path`, which is made if it does not exist.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
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
            // What a statement would undo by itself is kept in memory, not in a file.
            .pragma("temp_store", "memory")
            .pragma("cache_size", SQLITE_WRITER_CACHE)
            .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT);
        let writer = Lender::new(writing, simulation::room(1));
        // Here and not with the first question it shows whether there can be such a file.
        drop(settle(writer.acquire()).await?);
        let reading = options
            .pragma("query_only", "true")
            .pragma("cache_size", SQLITE_READER_CACHE);
        let readers = Lender::new(reading, simulation::room(SQLITE_READERS));
        Ok(Self {
            pools: Pools::Sqlite {
                writer,
                readers,
                shelf: Shelf::default(),
            },
            hook: None,
        })
    }

    /// Connects to the Postgres database at `url`.
    pub async fn open_postgres(url: &str) -> Result<Self> {
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                // One that was used just now need not be asked whether it is still there.
                .test_before_acquire(false)
                .before_acquire(|connection, met| {
                    Box::pin(async move {
                        if met.idle_for > POSTGRES_TRUST {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .after_connect(|connection, _| {
                    Box::pin(async move {
                        sqlx::query("SET synchronous_commit = on")
                            .execute(connection)
                            .await?;
                        Ok(())
                    })
                })
        };
        let all = pool(POSTGRES_CONNECTIONS).connect(url).await?;
        let batches = pool(POSTGRES_BATCHES).connect_lazy(url)?;
        Ok(Self {
            pools: Pools::Postgres { all, batches },
            hook: None,
        })
    }

    /// Brings the schema up to date. A database of a newer Deskbell is refused.
    pub async fn migrate(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => MIGRATIONS.run(&mut *writer.acquire().await?).await?,
            Pools::Postgres { all, .. } => MIGRATIONS.run(all).await?,
        }
        Ok(())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let mut reader = self.read().await?;
        on!(&mut reader, c => sqlx::query("SELECT 1").execute(c).await.map(drop))?;
        Ok(())
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

    /// Begins a transaction that changes nothing but heads that it locks, and adds what they count.
    /// What it knows of them in the end it may leave for the next one, by [`Tx::keep`].
    pub async fn begin_batch(&self, now: UnixMs) -> Result<Tx> {
        self.begin_for(Work::Batch, now).await
    }

    async fn begin_for(&self, work: Work, now: UnixMs) -> Result<Tx> {
        let turn = simulation::turn().await;
        let (transaction, kept) = match &self.pools {
            Pools::Sqlite { writer, shelf, .. } => {
                let transaction = settle(writer.begin()).await?;
                let left = shelf.take();
                let kept = (work == Work::Batch).then_some(left);
                (Either::Sqlite(transaction), kept)
            }
            Pools::Postgres { all, batches } => {
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
            changes: Changes::default(),
            kept,
            dice: Dice::default(),
            committed: Committed::default(),
            hook: self.hook.clone(),
            turn,
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

    /// Waits for what is running and hangs up.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite {
                writer, readers, ..
            } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { all, batches } => {
                all.close().await;
                batches.close().await;
            }
        }
    }

    /// Every table with rows of a workspace, and `workspaces` itself.
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

    /// Runs a statement of a test or a tool that changes what it should not, as it is.
    #[doc(hidden)]
    pub async fn execute(&self, sql: &str) -> Result<()> {
        let mut tx = self.begin(0).await?;
        tx.execute(sql).await?;
        tx.commit().await
    }

    /// Runs a statement of a test or a tool, as it is.
    #[doc(hidden)]
    pub async fn count(&self, sql: &str) -> Result<i64> {
        let mut reader = self.read().await?;
        Ok(
            on!(&mut reader, c => sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(c).await)?,
        )
    }
}

impl Tx {
    /// The time of everything that happens in this transaction.
    pub fn now(&self) -> UnixMs {
        self.now
    }

    /// What a SELECT of `c` ends with to keep its rows as they are until the commit. SQLite has no
    /// word for it and no need: this transaction is its only writer.
    pub(crate) fn row_lock(&self) -> &'static str {
        match &self.transaction {
            Either::Sqlite(_) => "",
            Either::Postgres(_) => " FOR UPDATE OF c",
        }
    }

    /// The same, beside those who add rows that refer to it.
    pub(crate) fn row_lock_beside_references(&self) -> &'static str {
        match &self.transaction {
            Either::Sqlite(_) => "",
            Either::Postgres(_) => " FOR NO KEY UPDATE OF c",
        }
    }

    /// What a SELECT of `c` ends with so that its rows stay until the commit; others may do the same.
    pub(crate) fn hold_row(&self) -> &'static str {
        match &self.transaction {
            Either::Sqlite(_) => "",
            Either::Postgres(_) => " FOR KEY SHARE OF c",
        }
    }

    /// What an INSERT or an UPDATE of many rows says besides, where it may fail in the middle only
    /// if this transaction is given up then. On SQLite it would note down each page before it
    /// changes it, to undo its own half; Postgres undoes a half in no other way than by the whole.
    pub(crate) fn or_fail(&self) -> &'static str {
        match &self.transaction {
            Either::Sqlite(_) => " OR FAIL",
            Either::Postgres(_) => "",
        }
    }

    /// Ten bytes nobody can guess, for an id.
    pub(crate) fn random(&mut self) -> [u8; ROLL] {
        self.dice.roll()
    }

    /// Those of the heads that are known, if they still are as they were left. They are locked:
    /// this transaction is the only writer.
    pub(crate) async fn recall(
        &mut self,
        ids: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Locked>> {
        let (Either::Sqlite(connection), Some(kept)) = (&mut self.transaction, &mut self.kept)
        else {
            return Ok(HashMap::new());
        };
        // On a stage the pool has many connections, and each takes the others for another process.
        let version = match simulation::now() {
            Some(_) => 0,
            None => {
                let version = sqlx::query_scalar("PRAGMA data_version");
                version.fetch_one(connection.connection()).await?
            }
        };
        if kept.left.version != version {
            kept.left.version = version;
            kept.left.heads.clear();
        }
        let heads = &mut kept.left.heads;
        Ok(ids.iter().filter_map(|id| heads.remove_entry(id)).collect())
    }

    /// Runs a statement of a test, as it is.
    #[doc(hidden)]
    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        Ok(on!(self, c => sqlx::query(AssertSqlSafe(sql.to_owned())).execute(c).await.map(drop))?)
    }

    /// Leaves heads as they will be for the next batch, if this one is committed.
    pub fn keep(&mut self, heads: HashMap<ConversationId, Locked>) {
        if let Some(kept) = &mut self.kept {
            kept.left.heads.extend(heads);
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
        let written = std::mem::take(&mut self.changes).write(&mut self).await;
        let Self {
            transaction,
            committed,
            kept,
            turn,
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
                if let Some(kept) = kept {
                    kept.leave();
                }
                Ok(committed)
            }
            Err(error) => Err(CommitUnconfirmed {
                error: error.into(),
                committed,
            }),
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

    fn changed_head(&self, id: ConversationId) -> Option<&Locked> {
        self.changes.find(id)
    }
}
