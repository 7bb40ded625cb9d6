//! The mailbox of a session: the queue of its deliveries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deskbell_protocol::{ConnectionId, WorkspaceId};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::{Delivery, Hub, Topic};

/// Receives the deliveries of the topics that its session follows. Dropping it removes the session
/// from the hub.
pub struct Mailbox {
    id: ConnectionId,
    workspace_id: WorkspaceId,
    hub: Hub,
    receiver: mpsc::Receiver<Arc<Delivery>>,
    /// Bytes in it.
    queued_bytes: Arc<AtomicUsize>,
}

impl Mailbox {
    pub(crate) fn new(
        id: ConnectionId,
        workspace_id: WorkspaceId,
        hub: Hub,
        receiver: mpsc::Receiver<Arc<Delivery>>,
        queued_bytes: Arc<AtomicUsize>,
    ) -> Self {
        Self {
            id,
            workspace_id,
            hub,
            receiver,
            queued_bytes,
        }
    }

    /// Waits for the next delivery; `None` when the session was too slow and has been removed.
    pub async fn next(&mut self) -> Option<Arc<Delivery>> {
        let delivery = self.receiver.recv().await?;
        Some(self.count_out(delivery))
    }

    /// The next delivery, if one is queued.
    pub fn try_next(&mut self) -> Option<Arc<Delivery>> {
        let delivery = self.receiver.try_recv().ok()?;
        Some(self.count_out(delivery))
    }

    fn count_out(&self, delivery: Arc<Delivery>) -> Arc<Delivery> {
        self.queued_bytes
            .fetch_sub(delivery.bytes(), Ordering::Relaxed);
        delivery
    }

    /// Follows a topic. From its return on, events that any node publishes to `topic` arrive here.
    pub async fn follow(&self, topic: Topic) {
        self.hub.follow(self.id, topic);
        self.hub.wait_until_subscribed(self.workspace_id).await;
    }

    /// The same, and returns the reauthentication and resync requests since then, which a session
    /// that was authenticated at that time has missed.
    pub async fn follow_since(&self, topic: Topic, since: Instant) -> Vec<Arc<Delivery>> {
        self.follow(topic).await;
        self.hub.missed(since, self.workspace_id, topic)
    }

    /// Stops following a topic.
    pub fn unfollow(&self, topic: Topic) {
        self.hub.unfollow(self.id, topic);
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.hub.remove(self.id);
    }
}
