//! Deliveries: the entries of a mailbox. Each is an encoded frame and the few values that a session
//! needs to order it.

use bytes::Bytes;
use deskbell_protocol::{ConversationId, Position, Receipts, SeenMarker, Seq, VisitorId};
use serde::{Deserialize, Serialize};

use crate::presence::Who;

/// One event, encoded once for all its recipients, on whichever node they are.
///
/// Nodes of two versions exchange deliveries during an upgrade, so serialised names never change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delivery {
    /// A message was saved.
    Message {
        /// The conversation.
        conversation_id: ConversationId,
        /// The number of the message in the conversation.
        seq: Seq,
        /// The server frame as JSON; shared by all recipients.
        #[serde(skip)]
        frame: Bytes,
    },
    /// An agent has written a note.
    Note {
        /// The conversation.
        conversation_id: ConversationId,
        /// The number of the note in the conversation.
        seq: Seq,
        /// The server frame as JSON; shared by all recipients.
        #[serde(skip)]
        frame: Bytes,
    },
    /// A conversation's head changed.
    Conversation {
        /// The conversation.
        conversation_id: ConversationId,
        /// The revision of the head; of two heads the one with the higher revision is the newer.
        revision: i64,
        /// Whether the conversation is closed: no further event follows.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_closed: bool,
        /// Whether the frame contains what only agents may see. Of two frames with the same revision,
        /// an agent gets this one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        for_agents: bool,
        /// The server frame as JSON; shared by all recipients.
        #[serde(skip)]
        frame: Bytes,
    },
    /// A visitor has started a conversation; for their other sessions.
    #[serde(rename = "begun")]
    ConversationStarted {
        /// The conversation.
        conversation_id: ConversationId,
        /// The server frame as JSON; shared by all recipients.
        #[serde(skip)]
        frame: Bytes,
    },
    /// A conversation of an inbox changed.
    Inbox {
        /// The position of the change in the inbox.
        position: Position,
        /// The server frame as JSON; shared by all recipients.
        #[serde(skip)]
        frame: Bytes,
    },
    /// An event without a place in an order.
    #[serde(rename = "news")]
    Event {
        /// How far a user has read, if that is what the event says. An event without it is valid
        /// whenever it arrives.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        progress: Option<ReadProgress>,
        /// The server frame as JSON; shared by all recipients.
        #[serde(skip)]
        frame: Bytes,
    },
    /// An ephemeral event, such as typing. It is not sent back to its originator, and it is dropped
    /// when a mailbox is half full.
    #[serde(rename = "moment")]
    Ephemeral {
        /// The originator.
        by: Who,
        /// The server frame as JSON; shared by all recipients.
        #[serde(skip)]
        frame: Bytes,
    },
    /// Deliveries from another node may have been lost: the session reads everything after its
    /// cursors from the database.
    #[serde(rename = "look_again")]
    Resync,
    /// The followers' permissions may have changed: their sessions authenticate again, and close if
    /// access was revoked.
    #[serde(rename = "prove_again")]
    Reauthenticate {
        /// Limits the request to this visitor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        visitor_id: Option<VisitorId>,
    },
}

/// How far a user has read. The values only grow, but the deliveries of several nodes can arrive in
/// any order: a session sends only those that are higher than what it has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReadProgress {
    /// The receipts of both sides of a conversation.
    Receipts {
        /// The conversation.
        conversation_id: ConversationId,
        /// Its receipts.
        receipts: Receipts,
    },
    /// The marker of an agent.
    Seen {
        /// The marker.
        marker: SeenMarker,
    },
    /// A kind of a newer version, without an order here.
    #[serde(other)]
    Unknown,
}

impl Delivery {
    /// The frame, if the delivery has one. Between nodes it travels after the header, unchanged.
    pub(crate) fn frame(&self) -> Option<&Bytes> {
        match self {
            Self::Message { frame, .. }
            | Self::Note { frame, .. }
            | Self::Conversation { frame, .. }
            | Self::ConversationStarted { frame, .. }
            | Self::Inbox { frame, .. }
            | Self::Event { frame, .. }
            | Self::Ephemeral { frame, .. } => Some(frame),
            Self::Resync | Self::Reauthenticate { .. } => None,
        }
    }

    /// Its size in a mailbox, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.frame().map_or(0, Bytes::len)
    }

    pub(crate) fn frame_mut(&mut self) -> Option<&mut Bytes> {
        match self {
            Self::Message { frame, .. }
            | Self::Note { frame, .. }
            | Self::Conversation { frame, .. }
            | Self::ConversationStarted { frame, .. }
            | Self::Inbox { frame, .. }
            | Self::Event { frame, .. }
            | Self::Ephemeral { frame, .. } => Some(frame),
            Self::Resync | Self::Reauthenticate { .. } => None,
        }
    }
}
