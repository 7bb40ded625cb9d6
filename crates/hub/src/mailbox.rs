//! A session's place in the hub.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deskbell_protocol::{SessionId, WorkspaceId};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::{Delivery, Hub, Topic};

/// Receives what is published to the topics it follows. Dropping it leaves the hub.
pub struct Mailbox {
    id: SessionId,
    workspace_id: WorkspaceId,
    hub: Hub,
    receiver: mpsc::Receiver<Arc<Delivery>>,
    /// Bytes in it.
    waiting: Arc<AtomicUsize>,
}

impl Mailbox {
    pub(crate) fn new(
        id: SessionId,
        workspace_id: WorkspaceId,
        hub: Hub,
        receiver: mpsc::Receiver<Arc<Delivery>>,
        waiting: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            id,
            workspace_id,
            hub,
            receiver,
            waiting,
        }
    }

    /// The next delivery; `None` when the session was too slow and has been dropped.
    pub async fn next(&mut self) -> Option<Arc<Delivery>> {
        let delivery = self.receiver.recv().await?;
        Some(self.taken(delivery))
    }

    /// The next delivery if one is there already.
    pub fn try_next(&mut self) -> Option<Arc<Delivery>> {
        let delivery = self.receiver.try_recv().ok()?;
        Some(self.taken(delivery))
    }

    fn taken(&self, delivery: Arc<Delivery>) -> Arc<Delivery> {
        self.waiting.fetch_sub(delivery.bytes(), Ordering::Relaxed);
        delivery
    }

    /// From its return on, what is published to `topic` arrives here, whichever node publishes it.
    pub async fn follow(&self, topic: Topic) {
        self.hub.follow(self.id, topic);
        self.hub.reach(self.workspace_id).await;
    }

    /// The same; and what its followers were told since then of themselves is answered: whoever was
    /// looked up at that time has missed it.
    pub async fn follow_since(&self, topic: Topic, since: Instant) -> Vec<Arc<Delivery>> {
        self.follow(topic).await;
        self.hub.missed(since, self.workspace_id, topic)
    }

    /// No longer.
    pub fn unfollow(&self, topic: Topic) {
        self.hub.unfollow(self.id, topic);
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}
