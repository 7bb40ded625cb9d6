//! The simulation of this thread, if one is set.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use deskbell_protocol::UnixMs;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::coop::unconstrained;

use super::Flaw;
use crate::{Result, Store};

/// The decisions of a simulation.
pub trait Hooks {
    /// The time, in Unix milliseconds.
    fn now(&self) -> UnixMs;
    /// The next random number.
    fn random(&mut self) -> u64;
    /// The simulated delay before a statement starts, or before its answer arrives; called each
    /// time.
    fn statement_delay(&mut self) -> Duration;
    /// How long a commit waits before it is published, in simulated time; called each time.
    fn publication_delay(&mut self) -> Duration;
    /// Whether the build has the fault.
    fn has(&self, flaw: Flaw) -> bool;
}

struct Current {
    hooks: Box<dyn Hooks>,
    /// The permit to write.
    write_lock: Arc<Mutex<()>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// A guard that removes the hooks when it is dropped.
pub struct HooksGuard(());

impl HooksGuard {
    /// Installs hooks for this thread.
    pub fn install(hooks: Box<dyn Hooks>) -> Self {
        let write_lock = Arc::default();
        CURRENT.replace(Some(Current { hooks, write_lock }));
        Self(())
    }
}

impl Drop for HooksGuard {
    fn drop(&mut self) {
        CURRENT.take();
    }
}

fn with<T>(f: impl FnOnce(&mut Current) -> T) -> Option<T> {
    CURRENT.with_borrow_mut(|current| current.as_mut().map(f))
}

/// The simulated time, in Unix milliseconds.
pub fn now() -> Option<UnixMs> {
    with(|current| current.hooks.now())
}

/// Whether these bytes were filled by the simulation.
pub fn fill(bytes: &mut [u8]) -> bool {
    let is_filled = with(|current| {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&current.hooks.random().to_le_bytes()[..part.len()]);
        }
    });
    is_filled.is_some()
}

/// Whether this build has the fault.
pub fn has(flaw: Flaw) -> bool {
    with(|current| current.hooks.has(flaw)).unwrap_or(false)
}

/// The size of a pool. In a simulation nobody waits for a connection: it would be returned by tasks
/// that cannot run meanwhile.
pub fn room(connections: u32) -> u32 {
    with(|_| 256).unwrap_or(connections)
}

/// The permit to write. In a simulation it is granted in the order of requests.
pub struct Turn(
    #[expect(dead_code, reason = "the guard releases the lock when it is dropped")]
    Option<OwnedMutexGuard<()>>,
);

/// Waits for the permit to write.
pub async fn turn() -> Turn {
    match with(|current| Arc::clone(&current.write_lock)) {
        Some(write_lock) => Turn(Some(write_lock.lock_owned().await)),
        None => Turn(None),
    }
}

/// Runs a statement. In a simulation the thread blocks for it, and simulated time passes before and
/// after.
pub async fn settle<F: Future>(work: F) -> F::Output {
    if with(|_| ()).is_none() {
        return work.await;
    }
    delay_statement().await;
    let done = wait_for(work);
    delay_statement().await;
    done
}

/// Drops the index that prevents duplicate messages.
pub async fn drop_client_id_index(store: &Store) -> Result<()> {
    let mut tx = store.begin(0).await?;
    on!(&mut tx, c => sqlx::query("DROP INDEX messages_client").execute(c).await.map(drop))?;
    tx.commit().await?;
    Ok(())
}

/// Delays the publication of a commit, so that the publication of a later one may overtake it. On a
/// real server this happens when a thread is not scheduled between the two.
pub async fn delay_publication() {
    sleep(with(|current| current.hooks.publication_delay())).await;
}

async fn delay_statement() {
    sleep(with(|current| current.hooks.statement_delay())).await;
}

async fn sleep(duration: Option<Duration>) {
    let duration = duration.unwrap_or_default();
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

fn wait_for<F: Future>(work: F) -> F::Output {
    let mut work = pin!(unconstrained(work));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
