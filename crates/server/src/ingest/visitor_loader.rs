//! The visitor loader: batches the lookups that connecting visitors need (a DataLoader).
//!
//! After a restart all clients reconnect at once, and each needs the same two lookups: the visitor of
//! the token, and their newest open conversation. One statement reads those of a whole batch. An answer
//! is never older than its question.

use std::collections::HashMap;
use std::hash::Hash;

use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::{Conversation, ErrorCode, SiteId, VisitorId, WorkspaceId};
use deskbell_store::visitors::Visit;
use deskbell_store::{Reader, Result, Store, VisitorScope, conversations, visitors};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::ingest::batcher::{Batches, Queue, batcher, restarting};
use crate::workers::supervisor::Supervisor;

/// Lookups that one statement answers.
const BATCH: usize = 256;

/// The queues of lookups.
pub struct VisitorLoader {
    visits: Queue<Request<VisitKey>>,
    conversations: Queue<Request<ConversationKey>>,
}

/// The tasks that answer them.
pub struct LoaderTasks {
    visits: Batches<Request<VisitKey>>,
    conversations: Batches<Request<ConversationKey>>,
}

/// The visitor of a token.
type VisitKey = (SiteId, VisitorId);

/// The visitor's newest conversation that is not closed; if all are, the newest of them.
type ConversationKey = (WorkspaceId, VisitorId);

/// A lookup that can be done for many keys at once.
trait Key: Copy + Eq + Hash + Send + Sync + 'static {
    type Value: Clone + Send + 'static;

    /// The values of those keys that have one.
    fn read(
        keys: &[Self],
        reader: &mut Reader,
    ) -> impl Future<Output = Result<HashMap<Self, Self::Value>>> + Send;
}

impl Key for VisitKey {
    type Value = Visit;

    async fn read(keys: &[Self], reader: &mut Reader) -> Result<HashMap<Self, Visit>> {
        visitors::find_visits(reader, keys).await
    }
}

impl Key for ConversationKey {
    type Value = Conversation;

    async fn read(keys: &[Self], reader: &mut Reader) -> Result<HashMap<Self, Conversation>> {
        conversations::newest_for_visitors(reader, keys).await
    }
}

/// A lookup, and the reply channel of its session.
struct Request<K: Key> {
    key: K,
    reply: oneshot::Sender<AppResult<Option<K::Value>>>,
}

/// A loader, and its tasks, which are not started yet.
pub fn visitor_loader() -> (VisitorLoader, LoaderTasks) {
    let (visits, visit_batches) = batcher(BATCH);
    let (conversations, conversation_batches) = batcher(BATCH);
    let loader = VisitorLoader {
        visits,
        conversations,
    };
    let tasks = LoaderTasks {
        visits: visit_batches,
        conversations: conversation_batches,
    };
    (loader, tasks)
}

impl VisitorLoader {
    /// The visitor whom a token names, on a site that is not deleted.
    pub async fn find_visit(&self, site: SiteId, visitor: VisitorId) -> AppResult<Option<Visit>> {
        load(&self.visits, (site, visitor)).await
    }

    /// The visitor's newest conversation that is not closed; if all are, the newest of them.
    pub async fn find_current(&self, visitor: &VisitorScope) -> AppResult<Option<Conversation>> {
        let key = (visitor.workspace_id, visitor.visitor_id);
        load(&self.conversations, key).await
    }
}

async fn load<K: Key>(queue: &Queue<Request<K>>, key: K) -> AppResult<Option<K::Value>> {
    let (reply, value) = oneshot::channel();
    queue.push(Request { key, reply }).await?;
    value.await.map_err(|_| restarting())?
}

impl LoaderTasks {
    /// Starts one worker for each kind of lookup.
    pub fn start(self, db: &Store, supervisor: &Supervisor) -> [JoinHandle<()>; 2] {
        [
            start(self.visits, db.clone(), supervisor),
            start(self.conversations, db.clone(), supervisor),
        ]
    }
}

fn start<K: Key>(
    batches: Batches<Request<K>>,
    db: Store,
    supervisor: &Supervisor,
) -> JoinHandle<()> {
    batches.start(supervisor, "visitor loader", move |batch| {
        let db = db.clone();
        async move {
            answer_all(&db, batch).await;
            Vec::new()
        }
    })
}

/// Answers a batch. If it fails as a whole, each lookup is done alone, so that one cannot affect
/// the others; but not while the database is unavailable.
async fn answer_all<K: Key>(db: &Store, batch: Vec<Request<K>>) {
    let keys: Vec<K> = batch.iter().map(|request| request.key).collect();
    match read(db, &keys).await {
        Ok(found) => {
            for request in batch {
                let value = found.get(&request.key).cloned();
                request.answer(Ok(value));
            }
        }
        Err(error) if error.body.code == ErrorCode::Unavailable => {
            error.log();
            for request in batch {
                request.answer(Err(AppError::from(error.body.clone())));
            }
        }
        Err(_) => {
            for request in batch {
                let alone = read(db, &[request.key]).await;
                let value = alone.map(|mut found| found.remove(&request.key));
                request.answer(value);
            }
        }
    }
}

async fn read<K: Key>(db: &Store, keys: &[K]) -> AppResult<HashMap<K, K::Value>> {
    let mut reader = db.read().await?;
    Ok(K::read(keys, &mut reader).await?)
}

impl<K: Key> Request<K> {
    /// The session may have ended.
    fn answer(self, value: AppResult<Option<K::Value>>) {
        let _ = self.reply.send(value);
    }
}
