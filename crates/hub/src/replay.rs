//! A replay buffer of recent reauthentication and resync requests.
//!
//! A session is authenticated from the database first, and joins the hub and follows its topics
//! afterwards. A change in between would reach no mailbox. The buffer keeps recent requests, and a
//! session that follows a topic receives those it missed since its look-up.

use std::collections::VecDeque;
use std::sync::Arc;

use deskbell_protocol::WorkspaceId;
use tokio::time::Instant;

use crate::{Delivery, Topic};

/// The capacity of the buffer. A session that has missed more gets a resync request instead.
const CAPACITY: usize = 1024;

#[derive(Default)]
pub(crate) struct ReplayBuffer {
    entries: VecDeque<Entry>,
    /// The time of the newest entry that was evicted.
    evicted_at: Option<Instant>,
}

struct Entry {
    at: Instant,
    to: Recipients,
    delivery: Arc<Delivery>,
}

/// The recipients of an entry.
pub(crate) enum Recipients {
    Followers(WorkspaceId, Topic),
    Workspace(WorkspaceId),
    All,
}

impl ReplayBuffer {
    /// Adds a delivery that is sent now.
    pub(crate) fn push(&mut self, to: Recipients, delivery: Arc<Delivery>) {
        if self.entries.len() == CAPACITY {
            self.evicted_at = self.entries.pop_front().map(|entry| entry.at);
        }
        let at = Instant::now();
        self.entries.push_back(Entry { at, to, delivery });
    }

    /// The deliveries to followers of the topic since then.
    pub(crate) fn since(
        &self,
        since: Instant,
        workspace_id: WorkspaceId,
        topic: Topic,
    ) -> Vec<Arc<Delivery>> {
        if self.evicted_at.is_some_and(|at| at >= since) {
            return vec![Arc::new(Delivery::Resync)];
        }
        let recent = self.entries.iter().rev().take_while(|it| it.at >= since);
        let matching = recent.filter(|entry| match entry.to {
            Recipients::Followers(of, to) => of == workspace_id && to == topic,
            Recipients::Workspace(of) => of == workspace_id,
            Recipients::All => true,
        });
        matching.map(|entry| Arc::clone(&entry.delivery)).collect()
    }
}
