//! The receipt writer: coalesces read receipts before they are written.
//!
//! A receipt may be delayed, and only the latest of a reader counts. So receipts are merged in a
//! map by conversation and reader, and a batch of them is written in one transaction.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_base::scope::Scope;
use deskbell_protocol::ConversationId;
use deskbell_store::Store;
use deskbell_store::conversations::receipts::{self, Reading, ReceiptOwner};
use tokio::sync::Notify;

/// How long receipts are collected before they are written.
const GATHER: Duration = Duration::from_millis(200);
/// Backoff after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// The maximum number of receipts in one transaction.
const BATCH: usize = 512;
/// The maximum number of waiting receipts. A dropped receipt is repeated with the next message.
const MOST: usize = 100_000;

type Waiting = BTreeMap<(ConversationId, ReceiptOwner), Reading>;

/// The map of receipts that wait to be written.
#[derive(Default)]
pub struct ReceiptWriter {
    waiting: Mutex<Waiting>,
    added: Notify,
}

impl ReceiptWriter {
    /// Adds a receipt.
    pub fn note(&self, conversation_id: ConversationId, scope: &Scope, reading: Reading) {
        let mut waiting = self.lock();
        if waiting.len() < MOST {
            let key = (conversation_id, reader(scope));
            waiting.entry(key).or_default().merge(reading);
            self.added.notify_one();
        }
    }

    fn take(&self) -> Waiting {
        let mut waiting = self.lock();
        match waiting.keys().nth(BATCH).copied() {
            Some(rest) => {
                let rest = waiting.split_off(&rest);
                std::mem::replace(&mut *waiting, rest)
            }
            None => std::mem::take(&mut *waiting),
        }
    }

    fn put_back(&self, batch: Waiting) {
        let mut waiting = self.lock();
        for (key, reading) in batch {
            waiting.entry(key).or_default().merge(reading);
        }
        self.added.notify_one();
    }

    /// A panic under the lock leaves the map consistent, so a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The worker; ends when it is aborted.
pub async fn run(writer: Arc<ReceiptWriter>, db: Store) {
    loop {
        // First the receipts that a previous worker has left.
        loop {
            let batch = writer.take();
            if batch.is_empty() {
                break;
            }
            if let Err(error) = save(&db, &batch).await {
                error.log();
                writer.put_back(batch);
                tokio::time::sleep(PAUSE).await;
                break;
            }
        }
        writer.added.notified().await;
        tokio::time::sleep(GATHER).await;
    }
}

async fn save(db: &Store, batch: &Waiting) -> AppResult<()> {
    let mut tx = db.begin(clock::now()).await?;
    receipts::save_all(&mut tx, batch).await?;
    Ok(tx.commit().await?)
}

fn reader(scope: &Scope) -> ReceiptOwner {
    match scope {
        Scope::Visitor(visitor) => ReceiptOwner::Visitor(visitor.workspace_id, visitor.visitor_id),
        Scope::Agent(agent) => ReceiptOwner::Agent(agent.workspace_id, agent.user.id),
    }
}
