//! What lies in a mailbox: the encoded frame, and the little a session must know to place it.

use bytes::Bytes;
use deskbell_protocol::{ConversationId, Position, Seq, VisitorId};
use serde::{Deserialize, Serialize};

use crate::presence::Who;

/// One event, encoded once for all who receive it, on whichever node they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delivery {
    /// A message was saved.
    Message {
        /// Where.
        conversation_id: ConversationId,
        /// Its place there.
        seq: Seq,
        /// The whole server frame, as JSON; shared by all who get it.
        #[serde(skip)]
        frame: Bytes,
    },
    /// A conversation's head changed.
    Conversation {
        /// Which.
        conversation_id: ConversationId,
        /// Of two heads the one with the higher number is the newer.
        revision: i64,
        /// Nothing will happen in it any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_closed: bool,
        /// The whole server frame, as JSON; shared by all who get it.
        #[serde(skip)]
        frame: Bytes,
    },
    /// A visitor has begun a conversation; for their other sessions.
    Begun {
        /// Which.
        conversation_id: ConversationId,
        /// The whole server frame, as JSON; shared by all who get it.
        #[serde(skip)]
        frame: Bytes,
    },
    /// A conversation of an inbox changed.
    Inbox {
        /// The change's place in the inbox.
        position: Position,
        /// The whole server frame, as JSON; shared by all who get it.
        #[serde(skip)]
        frame: Bytes,
    },
    /// News that have no place: what they tell is true whenever they arrive.
    News {
        /// The whole server frame, as JSON; shared by all who get it.
        #[serde(skip)]
        frame: Bytes,
    },
    /// News that are true for a moment, and no news to those whose doing they are. A mailbox in
    /// which much waits already does without.
    Moment {
        /// Whose doing it is.
        by: Who,
        /// The whole server frame, as JSON; shared by all who get it.
        #[serde(skip)]
        frame: Bytes,
    },
    /// Deliveries may have been lost on the way from another node: read from the database what the
    /// cursors lack.
    LookAgain,
    /// Something about those who follow the topic may have changed: each is to be looked up again,
    /// and to go if they may not be here any more.
    ProveAgain {
        /// Only this visitor, if one is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        visitor_id: Option<VisitorId>,
    },
}

impl Delivery {
    /// The frame, if it has one. Between nodes it travels beside the rest, as it is.
    pub(crate) fn frame(&self) -> Option<&Bytes> {
        match self {
            Self::Message { frame, .. }
            | Self::Conversation { frame, .. }
            | Self::Begun { frame, .. }
            | Self::Inbox { frame, .. }
            | Self::News { frame }
            | Self::Moment { frame, .. } => Some(frame),
            Self::LookAgain | Self::ProveAgain { .. } => None,
        }
    }

    /// How much of a mailbox it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.frame().map_or(0, Bytes::len)
    }

    pub(crate) fn frame_mut(&mut self) -> Option<&mut Bytes> {
        match self {
            Self::Message { frame, .. }
            | Self::Conversation { frame, .. }
            | Self::Begun { frame, .. }
            | Self::Inbox { frame, .. }
            | Self::News { frame }
            | Self::Moment { frame, .. } => Some(frame),
            Self::LookAgain | Self::ProveAgain { .. } => None,
        }
    }
}
