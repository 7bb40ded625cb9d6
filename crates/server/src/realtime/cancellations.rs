//! The cancellations of a session: tickets of forwarded requests whose client is gone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The maximum number of remembered tickets of a session. One request waits at a time; others are
/// refused at once.
const TICKETS: usize = 8;
/// The forwarded requests of a session that can be cancelled.
#[derive(Default)]
pub(super) struct Cancellations(Mutex<Vec<(String, Arc<Notify>)>>);

impl Cancellations {
    /// Completes when the request with this ticket is cancelled, even if that was before this call:
    /// the two messages may arrive in either order.
    pub(super) async fn cancelled(&self, ticket: &str) {
        let notify = self.entry(ticket);
        notify.notified().await;
    }

    /// Cancels the request with this ticket.
    pub(super) fn cancel(&self, ticket: &str) {
        self.entry(ticket).notify_one();
    }

    /// Forgets a request that is answered.
    pub(super) fn forget(&self, ticket: &str) {
        self.lock().retain(|(known, _)| known != ticket);
    }

    fn entry(&self, ticket: &str) -> Arc<Notify> {
        let mut tickets = self.lock();
        if let Some((_, notify)) = tickets.iter().find(|(known, _)| known == ticket) {
            return Arc::clone(notify);
        }
        if tickets.len() >= TICKETS {
            tickets.remove(0);
        }
        let notify = Arc::<Notify>::default();
        tickets.push((ticket.to_owned(), Arc::clone(&notify)));
        notify
    }

    /// A panic under the lock leaves the list consistent, so a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, Vec<(String, Arc<Notify>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
