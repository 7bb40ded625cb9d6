//! Packets: the messages that nodes send to each other.
//!
//! A packet is a header line and, after it, the frame as it goes to clients:
//! `1 00c0ffee00c0ffee {"type":"delivery",…}` and `{"event":…}`. The header holds the version, the
//! sending node and the packet as JSON. A node ignores packets that it does not know, so that nodes
//! of different versions can run side by side during a rolling upgrade. That is why serialised
//! names never change, even where the Rust name does.

use bytes::{BufMut, Bytes, BytesMut};
use deskbell_protocol::WorkspaceId;
use serde::{Deserialize, Serialize};

use crate::node::NodeId;
use crate::presence::PresenceUpdate;
use crate::{Delivery, Topic};

/// The version of the packet format. It changes when the meaning of a packet changes; a new kind of
/// packet does not change it.
const VERSION: &str = "1";

/// A message about one workspace, sent to the nodes that have a session of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Packet {
    /// A delivery for the sessions that follow one of these topics.
    Delivery {
        topics: Vec<Topic>,
        delivery: Delivery,
    },
    /// A resync request: deliveries of the sending node may have been lost, so every session of the
    /// workspace reads what is missing from the database.
    #[serde(rename = "look_again")]
    Resync,
    /// The presence of people who are connected to the sending node.
    Presence {
        #[serde(rename = "bulletin")]
        update: PresenceUpdate,
    },
    /// A request to one node for its full presence.
    #[serde(rename = "who_is_there")]
    PresenceRequest { node: NodeId },
    /// A packet of a newer version; ignored.
    #[serde(other)]
    Unknown,
}

impl Packet {
    /// Serialises the packet for the transport.
    pub fn encode(&self, from: NodeId) -> Bytes {
        let json = serde_json::to_string(self).expect("packets are plain JSON");
        let frame = match self {
            Self::Delivery { delivery, .. } => delivery.frame(),
            Self::Resync | Self::Presence { .. } | Self::PresenceRequest { .. } | Self::Unknown => {
                None
            }
        };
        let mut bytes =
            BytesMut::with_capacity(VERSION.len() + 19 + json.len() + frame.map_or(0, Bytes::len));
        bytes.put_slice(format!("{VERSION} {from} {json}\n").as_bytes());
        bytes.put_slice(frame.map_or(&[], |frame| frame));
        bytes.freeze()
    }

    /// Parses a packet and returns its sender. `None` if the reader sent it itself, or if it is
    /// malformed or of another version.
    pub fn decode(bytes: &Bytes, reader: NodeId) -> Option<(NodeId, Self)> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let header = std::str::from_utf8(&bytes[..end]).ok()?;
        let (version, rest) = header.split_once(' ')?;
        let (from, json) = rest.split_once(' ')?;
        let from = from.parse().ok().filter(|from| *from != reader)?;
        if version != VERSION {
            return None;
        }
        let mut packet: Self = serde_json::from_str(json).ok()?;
        if let Self::Delivery { delivery, .. } = &mut packet
            && let Some(frame) = delivery.frame_mut()
        {
            *frame = bytes.slice(end + 1..);
        }
        Some((from, packet))
    }
}

/// A packet that waits to be sent.
#[derive(Clone, Debug)]
pub struct OutboundPacket {
    /// The workspace that it is about.
    pub workspace_id: WorkspaceId,
    /// The result of [`Packet::encode`].
    pub bytes: Bytes,
    /// Whether sessions must resync if it is lost.
    pub needs_resync_if_lost: bool,
}

/// The property that holds for any bytes: a packet that can be decoded is encoded to a packet that
/// decodes to the same. `fuzz/` searches for bytes for which it does not hold.
///
/// # Panics
///
/// If it does not hold.
#[doc(hidden)]
pub fn check(bytes: &[u8]) {
    let reader = NodeId::new(u64::MAX);
    let bytes = Bytes::copy_from_slice(bytes);
    if let Some((from, packet)) = Packet::decode(&bytes, reader) {
        let again = Packet::decode(&packet.encode(from), reader);
        assert_eq!(again, Some((from, packet)), "{bytes:?}");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn corpus() -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/packets");
        let inputs = fs::read_dir(folder).expect("the corpus exists");
        inputs
            .map(|input| {
                let input = input.expect("the corpus can be listed");
                let name = input.file_name().to_string_lossy().into_owned();
                (name, fs::read(input.path()).expect("an input can be read"))
            })
            .collect()
    }

    #[test]
    fn the_corpus_of_the_fuzzer_decodes_and_encodes_alike() {
        let corpus = corpus();
        assert!(!corpus.is_empty(), "there is a corpus");
        for (_, input) in &corpus {
            check(input);
        }
    }

    #[test]
    fn packets_of_earlier_versions_are_understood() {
        // Recorded from the release before types were renamed. They are never edited.
        for (name, input) in corpus() {
            let packet = Packet::decode(&input.into(), NodeId::new(1));
            let is_known = packet.is_some_and(|(_, packet)| packet != Packet::Unknown);
            assert_eq!(is_known, name.starts_with("v1."), "{name}");
        }
    }
}
