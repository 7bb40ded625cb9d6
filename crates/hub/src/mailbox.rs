//! A session's place in the hub.

use std::sync::Arc;

use deskbell_protocol::SessionId;
use tokio::sync::mpsc;

use crate::{Delivery, Hub, Topic};

/// Receives what is published to the topics it follows. Dropping it leaves the hub.
pub struct Mailbox {
    id: SessionId,
    hub: Hub,
    receiver: mpsc::Receiver<Arc<Delivery>>,
}

impl Mailbox {
    pub(crate) fn new(id: SessionId, hub: Hub, receiver: mpsc::Receiver<Arc<Delivery>>) -> Self {
        Self { id, hub, receiver }
    }

    /// The next delivery; `None` when the session was too slow and has been dropped.
    pub async fn next(&mut self) -> Option<Arc<Delivery>> {
        self.receiver.recv().await
    }

    /// The next delivery if one is there already.
    pub fn try_next(&mut self) -> Option<Arc<Delivery>> {
        self.receiver.try_recv().ok()
    }

    /// From now on, what is published to `topic` arrives here.
    pub fn follow(&self, topic: Topic) {
        self.hub.follow(self.id, topic);
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
