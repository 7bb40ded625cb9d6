//! What one node tells the others.
//!
//! A packet is a line of text and, after it, the frame as it goes to clients:
//! `1 00c0ffee00c0ffee {"type":"delivery",…}` and `{"event":…}`. First stands the version, then the
//! node that says it, then what it says. A node passes over what it does not understand, so nodes
//! of different versions can work side by side while one after the other is replaced.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use deskbell_protocol::WorkspaceId;
use serde::{Deserialize, Serialize};

use crate::presence::Bulletin;
use crate::{Delivery, Topic};

/// Counts changes after which a packet means something else than before. A new kind of packet is
/// no such change.
const VERSION: &str = "1";

/// A server process, from its start to its end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(u64);

/// What is said about a workspace, to the nodes that have a session of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Packet {
    /// For the sessions that follow one of these topics.
    Delivery {
        topics: Vec<Topic>,
        delivery: Delivery,
    },
    /// This node's deliveries may have been lost: each session of the workspace is to look into
    /// the database.
    LookAgain,
    /// Who is there with this node.
    Presence { bulletin: Bulletin },
    /// One node is to say everything about who is there with it.
    WhoIsThere { node: NodeId },
    /// Something that only a newer node says.
    #[serde(other)]
    Unknown,
}

impl NodeId {
    /// A node by a random number.
    pub const fn new(random: u64) -> Self {
        Self(random)
    }

    /// About this time, at least half of it, a little different for each node: so nodes do not all
    /// do something at the same moment.
    pub(crate) fn somewhat(self, time: Duration) -> Duration {
        let thousandths = u32::try_from(self.0 % 1000).unwrap_or_default();
        (time * (1000 + thousandths)) / 2000
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

impl Packet {
    /// As it travels.
    pub fn encode(&self, from: NodeId) -> Bytes {
        let said = serde_json::to_string(self).expect("packets are plain JSON");
        let frame = match self {
            Self::Delivery { delivery, .. } => delivery.frame(),
            Self::LookAgain | Self::Presence { .. } | Self::WhoIsThere { .. } | Self::Unknown => {
                None
            }
        };
        let mut bytes =
            BytesMut::with_capacity(VERSION.len() + 19 + said.len() + frame.map_or(0, Bytes::len));
        bytes.put_slice(format!("{VERSION} {from} {said}\n").as_bytes());
        bytes.put_slice(frame.map_or(&[], |frame| frame));
        bytes.freeze()
    }

    /// Who says it and what. `None`: it is the reader's own, or not understood.
    pub fn decode(bytes: &Bytes, reader: NodeId) -> Option<(NodeId, Self)> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&bytes[..end]).ok()?;
        let (version, rest) = line.split_once(' ')?;
        let (from, said) = rest.split_once(' ')?;
        let from = from.parse().ok().filter(|from| *from != reader)?;
        if version != VERSION {
            return None;
        }
        let mut packet: Self = serde_json::from_str(said).ok()?;
        if let Self::Delivery { delivery, .. } = &mut packet
            && let Some(frame) = delivery.frame_mut()
        {
            *frame = bytes.slice(end + 1..);
        }
        Some((from, packet))
    }
}

/// A packet on its way out.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Whom it concerns.
    pub workspace_id: WorkspaceId,
    /// [`Packet::encode`].
    pub bytes: Bytes,
    /// Whether sessions look again if it is lost.
    pub is_looked_for: bool,
}
