//! The other nodes, by their signs of life.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::packet::NodeId;

/// A node says so often that it lives.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// A node that is silent for so long is dead.
const SILENCE: Duration = Duration::from_secs(4);

/// When each was last heard.
#[derive(Default)]
pub(super) struct Peers(HashMap<NodeId, Instant>);

impl Peers {
    /// Notes a sign of life; whether it is the node's first.
    pub(super) fn hear(&mut self, node: NodeId) -> bool {
        self.0.insert(node, Instant::now()).is_none()
    }

    /// Notes a farewell; whether the node was known.
    pub(super) fn forget(&mut self, node: NodeId) -> bool {
        self.0.remove(&node).is_some()
    }

    /// Nobody could be heard until now: everybody has as much time as after a sign of life.
    pub(super) fn begin_anew(&mut self) {
        let now = Instant::now();
        self.0.values_mut().for_each(|heard_at| *heard_at = now);
    }

    /// Takes out those who are dead.
    pub(super) fn bury(&mut self) -> Vec<NodeId> {
        let is_dead = |_: &NodeId, heard_at: &mut Instant| heard_at.elapsed() > SILENCE;
        self.0.extract_if(is_dead).map(|(node, _)| node).collect()
    }
}
