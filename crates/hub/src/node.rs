//! The id of a node: one server process of a cluster.

use std::fmt;
use std::str::FromStr;
#[cfg(feature = "nats")]
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The id of a server process, from its start to its end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(u64);

impl NodeId {
    /// A node id from a random number.
    pub const fn new(random: u64) -> Self {
        Self(random)
    }

    /// The delay with jitter: between half of it and all of it, fixed for each node, so that nodes
    /// do not all reconnect at the same moment.
    #[cfg(feature = "nats")]
    pub(crate) fn jitter(self, delay: Duration) -> Duration {
        let thousandths = u32::try_from(self.0 % 1000).unwrap_or_default();
        (delay * (1000 + thousandths)) / 2000
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

impl FromStr for NodeId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(Self)
    }
}
