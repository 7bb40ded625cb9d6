//! The failure detector: tracks the heartbeats of the other nodes.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::node::NodeId;

/// The heartbeat interval.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(1);
/// The timeout after which a silent node counts as dead.
const TIMEOUT: Duration = Duration::from_secs(4);

/// The other nodes, and when each last sent a heartbeat.
#[derive(Default)]
pub(super) struct Peers(HashMap<NodeId, Instant>);

impl Peers {
    /// Records a heartbeat; returns whether it is the node's first.
    pub(super) fn record(&mut self, node: NodeId) -> bool {
        self.0.insert(node, Instant::now()).is_none()
    }

    /// Removes a node that stops; returns whether it was known.
    pub(super) fn remove(&mut self, node: NodeId) -> bool {
        self.0.remove(&node).is_some()
    }

    /// Restarts all timeouts, after a time in which no heartbeat could arrive.
    pub(super) fn restart_timeouts(&mut self) {
        let now = Instant::now();
        self.0.values_mut().for_each(|seen_at| *seen_at = now);
    }

    /// Removes and returns the nodes that are dead.
    pub(super) fn expire(&mut self) -> Vec<NodeId> {
        let is_dead = |_: &NodeId, seen_at: &mut Instant| seen_at.elapsed() > TIMEOUT;
        self.0.extract_if(is_dead).map(|(node, _)| node).collect()
    }
}
