//! Cancellation of polls that were forwarded to another node.
//!
//! When a client drops a request that waits, its future is dropped, and the session is free for the
//! next one. A request that was forwarded waits on another node, which does not notice by itself. So
//! the node that forwarded it sends a cancellation with the ticket of the request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_domain::clock;
use deskbell_hub::NodeId;
use deskbell_hub::nats::NodeRpcClient;
use tokio::sync::Notify;

use super::wire::PollBody;

/// Tickets of a session that are remembered. One request waits at a time; others are refused at once.
const TICKETS: usize = 8;
/// How long the other node may take to confirm a cancellation.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(2);

/// The forwarded requests of a session that can be cancelled.
#[derive(Default)]
pub(in crate::realtime) struct Cancellations(Mutex<Vec<(String, Arc<Notify>)>>);

impl Cancellations {
    /// Ends when the request with this ticket is cancelled, also if it was before this call: the two
    /// may overtake each other.
    pub(super) async fn cancelled(&self, ticket: &str) {
        let notify = self.entry(ticket);
        notify.notified().await;
    }

    /// Cancels the request with this ticket.
    pub(super) fn cancel(&self, ticket: &str) {
        self.entry(ticket).notify_one();
    }

    /// The request with this ticket is answered.
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

    /// A panic while the lock is held leaves a complete list, so poisoning is ignored.
    fn lock(&self) -> MutexGuard<'_, Vec<(String, Arc<Notify>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guard that cancels a forwarded request when it is dropped before the answer.
pub(super) struct CancelOnDrop {
    pub(super) ticket: String,
    post: NodeRpcClient,
    node: NodeId,
    session: Option<String>,
    is_answered: bool,
}

impl CancelOnDrop {
    pub(super) fn new(post: &NodeRpcClient, node: NodeId, session: Option<String>) -> Self {
        Self {
            ticket: URL_SAFE_NO_PAD.encode(clock::random::<12>()),
            post: post.clone(),
            node,
            session,
            is_answered: false,
        }
    }

    /// The answer has arrived.
    pub(super) fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.is_answered {
            return;
        }
        let body = PollBody {
            session: self.session.take(),
            frames: Vec::new(),
            wait: false,
            wait_ms: None,
            number: None,
            ticket: None,
            cancel: Some(std::mem::take(&mut self.ticket)),
        };
        let (Ok(question), Ok(runtime)) = (
            serde_json::to_vec(&body),
            tokio::runtime::Handle::try_current(),
        ) else {
            return;
        };
        let (post, node) = (self.post.clone(), self.node);
        runtime.spawn(async move {
            // If it is lost, the request ends by itself when its time is over.
            post.call(node, Bytes::from(question), CONFIRM_TIMEOUT)
                .await;
        });
    }
}
