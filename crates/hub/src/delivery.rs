//! What lies in a mailbox: the encoded frame, and the little a session must know to place it.

use bytes::Bytes;
use deskbell_protocol::{ConversationId, Seq};

/// One event, encoded once for all who receive it.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// A message was saved.
    Message {
        /// Where.
        conversation_id: ConversationId,
        /// Its place there.
        seq: Seq,
        /// The whole server frame, as JSON; shared by all who get it.
        frame: Bytes,
    },
    /// A conversation's head changed.
    Conversation {
        /// Which.
        conversation_id: ConversationId,
        /// Of two heads the one with the higher number is the newer.
        revision: i64,
        /// The whole server frame, as JSON; shared by all who get it.
        frame: Bytes,
    },
}
