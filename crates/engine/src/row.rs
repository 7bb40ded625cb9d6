//! The rows of a timeline: messages as a person sees them, saved or not.

use std::fmt;
use std::sync::Arc;

use deskbell_protocol::{
    Body, ClientMessageId, ErrorBody, Message, MessageId, Sender, Seq, UnixMs,
};

/// The stable key of a row, so that a list can be redrawn without flicker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// The id that the sender gave the message, from before it is saved.
    Client(ClientMessageId),
    /// The id that the server gave it, for messages of the system.
    Message(MessageId),
}

impl RowKey {
    /// The key of a saved message.
    pub fn of(message: &Message) -> Self {
        message
            .client_id
            .map_or(Self::Message(message.id), Self::Client)
    }

    /// The client id, for [`crate::Action::Retry`] and `Discard`.
    pub fn client_id(self) -> Option<ClientMessageId> {
        match self {
            Self::Client(id) => Some(id),
            Self::Message(_) => None,
        }
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(id) => id.fmt(f),
            Self::Message(id) => id.fmt(f),
        }
    }
}

/// A message, or an unsent text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key; does not change.
    pub key: RowKey,
    /// The sender. Before the first `welcome` our own id and name are unknown: nil and empty.
    pub sender: Sender,
    /// The body.
    pub body: Body,
    /// When it was saved; until then, when it was written, by the clock of this client.
    pub created_at: UnixMs,
    /// Its number, once it is saved.
    pub seq: Option<Seq>,
    /// Its state.
    pub state: RowState,
}

impl Row {
    pub(crate) fn saved(message: &Message) -> Self {
        Self {
            key: RowKey::of(message),
            sender: message.sender.clone(),
            body: message.body.clone(),
            created_at: message.created_at,
            seq: Some(message.seq),
            state: RowState::Sent,
        }
    }
}

/// The state of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowState {
    /// Waits for the connection, or for an earlier text.
    Queued,
    /// Was sent, without an answer yet.
    Sending,
    /// Saved by the server.
    Sent,
    /// Refused by the server. [`crate::Action::Retry`] and `Discard` apply.
    Failed {
        /// The reason.
        error: Arc<ErrorBody>,
    },
}
