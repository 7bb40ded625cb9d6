//! What was said lately of people, for those who were looked up a moment before they came.
//!
//! Who somebody is stands in the database; only afterwards their session joins and follows what
//! concerns them. What changes in between finds no mailbox. So it is kept here for as long as
//! anybody takes to come, and a session that comes asks for what it has missed.

use std::collections::VecDeque;
use std::sync::Arc;

use deskbell_protocol::WorkspaceId;
use tokio::time::Instant;

use crate::{Delivery, Topic};

/// So much is kept; who has missed more looks at everything again.
const KEPT: usize = 1024;

#[derive(Default)]
pub(crate) struct Changes {
    kept: VecDeque<Change>,
    /// When the last was said that is not kept any more.
    forgotten_at: Option<Instant>,
}

struct Change {
    at: Instant,
    to: To,
    delivery: Arc<Delivery>,
}

/// Whom something is said to.
pub(crate) enum To {
    Followers(WorkspaceId, Topic),
    Workspace(WorkspaceId),
    Everybody,
}

impl Changes {
    /// It has just been said.
    pub(crate) fn keep(&mut self, to: To, delivery: Arc<Delivery>) {
        if self.kept.len() == KEPT {
            self.forgotten_at = self.kept.pop_front().map(|change| change.at);
        }
        let at = Instant::now();
        self.kept.push_back(Change { at, to, delivery });
    }

    /// What a follower of the topic was told since then.
    pub(crate) fn since(
        &self,
        since: Instant,
        workspace_id: WorkspaceId,
        topic: Topic,
    ) -> Vec<Arc<Delivery>> {
        if self.forgotten_at.is_some_and(|at| at >= since) {
            return vec![Arc::new(Delivery::LookAgain)];
        }
        let lately = self.kept.iter().rev().take_while(|it| it.at >= since);
        let meant = lately.filter(|change| match change.to {
            To::Followers(of, to) => of == workspace_id && to == topic,
            To::Workspace(of) => of == workspace_id,
            To::Everybody => true,
        });
        meant.map(|change| Arc::clone(&change.delivery)).collect()
    }
}
