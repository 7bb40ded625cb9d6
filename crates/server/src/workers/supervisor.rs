//! The supervisor: runs background workers and restarts one that has panicked.
//!
//! A worker ends only when it is aborted. After a panic it is restarted after a pause. The jobs
//! that it was processing are lost: their reply channels are dropped, so their sessions answer
//! `unavailable` and the clients retry. Queued jobs stay in the queue, which does not belong to the
//! worker. Until it runs again, `/readyz` reports a missing worker.
//!
//! The process does not end: that would disconnect every client of this node, and a message that
//! causes a panic would do so again and again. Only a part that cannot be restarted, because its
//! connections end with it, ends the process: see [`crate::Running::failed`].

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;

/// The pause before a worker is restarted.
const PAUSE: Duration = Duration::from_secs(1);

/// The supervisor of the workers of this process.
#[derive(Default)]
pub struct Supervisor {
    /// The number of workers that have panicked and are not running again yet.
    missing: Arc<AtomicUsize>,
}

impl Supervisor {
    /// Whether all workers run.
    pub fn are_complete(&self) -> bool {
        self.missing.load(Ordering::Relaxed) == 0
    }

    /// Starts a worker, and restarts it whenever it panics; ends when it is aborted.
    pub fn start<W>(
        &self,
        name: &'static str,
        mut begin: impl FnMut() -> W + Send + 'static,
    ) -> JoinHandle<()>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let missing = Arc::clone(&self.missing);
        tokio::spawn(async move {
            // State that workers share is behind locks, and a poisoned lock is used as it is.
            while AssertUnwindSafe(begin()).catch_unwind().await.is_err() {
                tracing::error!(worker = name, "a worker has failed: it is begun again");
                missing.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(PAUSE).await;
                missing.fetch_sub(1, Ordering::Relaxed);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{Mutex, mpsc, oneshot};
    use tokio::time::Instant;

    use super::*;

    type Request = (u32, oneshot::Sender<u32>);

    /// Answers requests one after the other; 13 causes a panic.
    async fn answer(queue: Arc<Mutex<mpsc::Receiver<Request>>>) {
        let mut queue = queue.lock().await;
        while let Some((number, reply)) = queue.recv().await {
            assert_ne!(number, 13, "a number that brings it down");
            let _ = reply.send(number);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_panics_is_restarted_and_handles_what_is_queued() {
        let supervisor = Supervisor::default();
        let (queue, work) = mpsc::channel(8);
        let work = Arc::new(Mutex::new(work));
        let worker = supervisor.start("answer", move || answer(Arc::clone(&work)));
        let request = |number| {
            let (reply, answer) = oneshot::channel();
            queue.try_send((number, reply)).expect("there is room");
            answer
        };
        let (one, bad, waiting) = (request(1), request(13), request(2));
        assert_eq!(one.await, Ok(1));
        let started_at = Instant::now();
        assert!(bad.await.is_err(), "the caller may retry");
        assert!(!supervisor.are_complete(), "and it is known");
        assert_eq!(waiting.await, Ok(2));
        assert!(started_at.elapsed() >= PAUSE);
        assert!(supervisor.are_complete());
        worker.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_worker_that_always_panics_is_restarted_with_a_backoff() {
        let supervisor = Supervisor::default();
        let (begin, mut begins) = mpsc::unbounded_channel();
        let since = Instant::now();
        let worker = supervisor.start("never", move || {
            let _ = begin.send(());
            async { panic!("at once") }
        });
        for _ in 0..11 {
            assert_eq!(begins.recv().await, Some(()), "it is begun again");
        }
        assert!(since.elapsed() >= PAUSE * 10);
        assert!(!supervisor.are_complete());
        worker.abort();
    }
}
