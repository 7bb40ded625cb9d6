//! Write health: whether the database accepts writes.
//!
//! After a failover, or while a disk is full, a database still answers reads, and pooled
//! connections still fail long after it accepts writes again. So a refused write marks every
//! connection that was opened before it as outdated, and the pool replaces them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::refuses_writes;

/// How long a successful write check is valid.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The write health of one database. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct WriteHealth(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Whether the newest write was refused.
    is_refused: AtomicBool,
    /// Connections that were opened before this time are outdated.
    outdated_before: Mutex<Option<Instant>>,
    /// When the last write check succeeded. Locked while one runs.
    checked_at: tokio::sync::Mutex<Option<Instant>>,
}

impl WriteHealth {
    /// Runs a write check, unless one has succeeded within [`CHECK_INTERVAL`]: anyone may call the
    /// probe, and it must not cause a write each time.
    pub(crate) async fn check<E>(
        &self,
        check: impl Future<Output = Result<(), E>>,
    ) -> Result<(), E> {
        let mut checked_at = self.0.checked_at.lock().await;
        let is_refused = self.0.is_refused.load(Ordering::Relaxed);
        if !is_refused && checked_at.is_some_and(|at| at.elapsed() < CHECK_INTERVAL) {
            return Ok(());
        }
        *checked_at = None;
        check.await?;
        *checked_at = Some(Instant::now());
        Ok(())
    }

    /// Records a failed statement. Returns whether its connection cannot write any more.
    pub(crate) fn record(&self, error: &sqlx::Error) -> bool {
        if !refuses_writes(error) {
            return false;
        }
        *self.outdated_before() = Some(Instant::now());
        if !self.0.is_refused.swap(true, Ordering::Relaxed) {
            tracing::error!(
                %error,
                "the database refuses writes: check that it is not read-only and that its disk is \
                 not full; connections are replaced until it accepts writes again"
            );
        }
        true
    }

    /// Records a committed write. After a refused one, connections that were opened before it may still
    /// be read-only, so they are outdated, too.
    pub(crate) fn record_write(&self) {
        if self.0.is_refused.load(Ordering::Relaxed)
            && self.0.is_refused.swap(false, Ordering::Relaxed)
        {
            *self.outdated_before() = Some(Instant::now());
            tracing::info!("the database accepts writes again");
        }
    }

    /// Whether a connection of this age was opened before a write was refused.
    pub(crate) fn is_outdated(&self, age: Duration) -> bool {
        self.outdated_before()
            .is_some_and(|before| before.elapsed() <= age)
    }

    /// A panic while the lock is held leaves a time that is still whole.
    fn outdated_before(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0
            .outdated_before
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
