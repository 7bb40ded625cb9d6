//! Write transactions: they collect events and effects, and commit them together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use deskbell_protocol::{ConversationId, UnixMs, UserId, VisitorId, WorkspaceId};
use sqlx::postgres::Postgres;
use sqlx::types::Uuid;
use sqlx::types::uuid::Builder;
use sqlx::{AssertSqlSafe, Transaction};

use super::handle::{Connection, Handle};
use super::head_cache::CacheLease;
use super::health::WriteHealth;
use super::locks::HeldLocks;
use super::marker_cache::WrittenMarkers;
use super::pool_sqlite::WriteTx;
use super::random_pool::{RANDOM_BYTES, RandomPool};
use super::rows::Placeholders;
use crate::conversations::LockedConversation;
use crate::conversations::head_updates::HeadUpdates;
use crate::error::CommitUnconfirmed;
use crate::platform::outbox::NewRow;
use crate::simulation::{self, Flaw, Turn, delay_publication, settle};
use crate::{CommitHook, Committed, DomainEvent, Effect, Result};

/// A write transaction. If it is dropped without a commit, it is rolled back.
pub struct Tx {
    transaction: Either,
    now: UnixMs,
    pub(crate) head_updates: HeadUpdates,
    /// The cached heads; only batches on SQLite have any.
    lease: Option<CacheLease>,
    pub(crate) markers: WrittenMarkers,
    random_pool: RandomPool,
    committed: Committed,
    hook: Option<Arc<dyn CommitHook>>,
    /// Events of this transaction happened before; they are only published again.
    is_republishing: bool,
    pub(crate) locks: HeldLocks,
    turn: Turn,
    health: WriteHealth,
}

pub(super) enum Either {
    Sqlite(WriteTx),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(super) fn new(
        transaction: Either,
        now: UnixMs,
        lease: Option<CacheLease>,
        markers: WrittenMarkers,
        turn: Turn,
        hook: Option<Arc<dyn CommitHook>>,
        health: WriteHealth,
    ) -> Self {
        Self {
            transaction,
            now,
            head_updates: HeadUpdates::default(),
            lease,
            markers,
            random_pool: RandomPool::default(),
            committed: Committed::default(),
            hook,
            is_republishing: false,
            locks: HeldLocks::default(),
            turn,
            health,
        }
    }

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

    /// Requests that the sockets of a member in this workspace authenticate again after the commit.
    pub fn reauthenticate_member(&mut self, workspace_id: WorkspaceId, user_id: UserId) {
        self.after_commit(Effect::ReauthenticateMember {
            workspace_id,
            user_id,
        });
    }

    /// Requests the same for a visitor, or for all visitors of the workspace.
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

    /// Marks the events of this transaction as a repetition: they happened in transactions whose
    /// commits were not confirmed, so they are published and not appended to the outbox.
    pub(crate) fn republish(&mut self) {
        self.is_republishing = true;
    }

    async fn write(&mut self) -> Result<()> {
        let updates = std::mem::take(&mut self.head_updates);
        let heads = updates.take_positions(self).await?;
        let row = match self.is_republishing {
            true => None,
            false => NewRow::of(self),
        };
        heads.write(self, row).await
    }

    /// Commits durably, then reports to the hook of the [`Store`](crate::Store): also when the commit is not
    /// confirmed.
    pub async fn commit(mut self) -> Result<()> {
        let Some(hook) = self.hook.take() else {
            self.commit_unpublished().await?;
            return Ok(());
        };
        if simulation::has(Flaw::PublishBeforeCommit) {
            hook.committed(Committed {
                events: self.committed.events.clone(),
                ..Committed::default()
            });
        }
        match self.commit_unpublished().await {
            Ok(committed) => {
                delay_publication().await;
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
            markers,
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
                markers.commit();
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
