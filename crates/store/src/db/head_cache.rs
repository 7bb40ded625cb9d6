//! Cache of conversation heads between the batches of SQLite's single writer, so that the next batch
//! need not read them.
//!
//! There is one writer, so the heads are as the last batch wrote them until another transaction
//! writes. Every other transaction empties the cache: only a batch that follows a batch finds heads
//! in it. A write of another process changes the database's `data_version`, which is compared. On
//! Postgres other nodes write, and nothing is cached.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deskbell_protocol::ConversationId;

use crate::conversations::LockedConversation;

/// The largest number of cached heads. A batch that leaves more empties the cache.
const MAX_HEADS: usize = 8192;

/// The cache. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct HeadCache(Arc<Mutex<CacheState>>);

#[derive(Default)]
struct CacheState {
    /// Counts the transactions.
    transaction: u64,
    cached: CachedHeads,
}

/// The cached heads.
#[derive(Default)]
pub(crate) struct CachedHeads {
    pub(crate) heads: HashMap<ConversationId, LockedConversation>,
    /// `data_version` of the database when they were cached.
    pub(crate) version: i64,
}

/// The cached heads, lent to one transaction.
pub(crate) struct CacheLease {
    cache: HeadCache,
    transaction: u64,
    pub(crate) cached: CachedHeads,
}

impl HeadCache {
    /// Takes all heads out of the cache. The transaction must have begun, so that no other one is
    /// running.
    pub(crate) fn take(&self) -> CacheLease {
        let mut state = self.lock();
        state.transaction += 1;
        CacheLease {
            cache: self.clone(),
            transaction: state.transaction,
            cached: std::mem::take(&mut state.cached),
        }
    }

    /// A panic while the lock is held leaves maps that are still whole, so a poisoned lock is used.
    fn lock(&self) -> MutexGuard<'_, CacheState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CacheLease {
    /// Puts the heads back for the next transaction, once this one is committed. If another one has
    /// begun since, they may be outdated and are dropped.
    pub(crate) fn put_back(self) {
        let mut state = self.cache.lock();
        if state.transaction == self.transaction && self.cached.heads.len() <= MAX_HEADS {
            state.cached = self.cached;
        }
    }
}
