//! Cache of read markers that this process has written. With it an agent's next reply needs no query
//! for their marker.
//!
//! A marker never counts fewer texts than before, so an entry stays true whatever other nodes write. The
//! exception is a Postgres that was restored or failed over while this process runs. All its connections
//! are new then, so the cache is emptied whenever one is opened.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use deskbell_protocol::{ConversationId, UserId};

/// The largest number of entries, about 1 MB. A full cache is emptied.
const MAX_MARKERS: usize = 16_384;

type Key = (ConversationId, UserId);

/// The visitor texts that a marker counts. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct MarkerCache(Arc<Mutex<HashMap<Key, i64>>>);

/// The markers of one transaction. They enter the cache when it is committed.
pub(crate) struct WrittenMarkers {
    cache: MarkerCache,
    written: Vec<(Key, i64)>,
}

impl MarkerCache {
    pub(crate) fn clear(&self) {
        // A panic while the lock is held leaves a whole map.
        let mut markers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        markers.clear();
    }

    pub(crate) fn begin(&self) -> WrittenMarkers {
        WrittenMarkers {
            cache: self.clone(),
            written: Vec::new(),
        }
    }
}

impl WrittenMarkers {
    /// Whether a committed marker is known to count these texts.
    pub(crate) fn counts(&self, conversation: ConversationId, user: UserId, texts: i64) -> bool {
        let markers = self.cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        markers
            .get(&(conversation, user))
            .is_some_and(|counted| *counted >= texts)
    }

    /// Records a marker of this transaction.
    pub(crate) fn record(&mut self, conversation: ConversationId, user: UserId, texts: i64) {
        self.written.push(((conversation, user), texts));
    }

    /// Caches the markers of the transaction, which is committed.
    pub(crate) fn commit(self) {
        if self.written.is_empty() {
            return;
        }
        let mut markers = self.cache.0.lock().unwrap_or_else(PoisonError::into_inner);
        if markers.len() + self.written.len() > MAX_MARKERS {
            markers.clear();
        }
        markers.extend(self.written.into_iter().take(MAX_MARKERS));
    }
}
