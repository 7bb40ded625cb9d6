//! The way of receipts into the database: gathered, and saved together.
//!
//! That somebody has read is no message: it may wait, and only the furthest counts. So what comes
//! within a moment is kept by conversation and reader, and goes into one transaction. However often
//! a client says the same, it costs a look at a map.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_protocol::ConversationId;
use deskbell_store::receipts::{self, Reader, Reading};
use tokio::sync::Notify;

use crate::app::App;
use crate::auth::scope::Scope;
use crate::error::AppResult;

/// What is said within this time is saved together.
const GATHER: Duration = Duration::from_millis(200);
/// After a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// At most so many go into one transaction.
const BATCH: usize = 512;
/// At most so many wait; whoever finds no place says it again after the next message.
const MOST: usize = 100_000;

type Waiting = BTreeMap<(ConversationId, Reader), Reading>;

/// What waits to be saved.
#[derive(Default)]
pub struct Receipts {
    waiting: Mutex<Waiting>,
    bell: Notify,
}

impl Receipts {
    /// Somebody has got so far. It is saved in a moment.
    pub fn note(&self, conversation_id: ConversationId, scope: &Scope, reading: Reading) {
        let mut waiting = self.lock();
        if waiting.len() < MOST {
            let key = (conversation_id, reader(scope));
            waiting.entry(key).or_default().merge(reading);
            self.bell.notify_one();
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
        self.bell.notify_one();
    }

    /// A panic while the lock is held leaves a map that is still whole: go on with it.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Saves what gathers; ends when it is aborted.
pub async fn work(app: App) {
    loop {
        // First what a worker before this one has left.
        loop {
            let batch = app.receipts.take();
            if batch.is_empty() {
                break;
            }
            if let Err(error) = save(&app, &batch).await {
                error.log();
                app.receipts.put_back(batch);
                tokio::time::sleep(PAUSE).await;
                break;
            }
        }
        app.receipts.bell.notified().await;
        tokio::time::sleep(GATHER).await;
    }
}

async fn save(app: &App, batch: &Waiting) -> AppResult<()> {
    let mut tx = app.begin().await?;
    receipts::save_all(&mut tx, batch).await?;
    Ok(tx.commit().await?)
}

fn reader(scope: &Scope) -> Reader {
    match scope {
        Scope::Visitor(visitor) => Reader::Visitor(visitor.workspace_id, visitor.visitor_id),
        Scope::Agent(agent) => Reader::Agent(agent.workspace_id, agent.user.id),
    }
}
