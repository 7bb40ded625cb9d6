//! One message as a person sees it, whether the server has it yet or not.

use std::fmt;

use deskbell_protocol::{Body, ClientId, ErrorBody, Message, MessageId, Sender, Seq, UnixMs};

/// What a row is called for as long as it stands, so that a list can be redrawn without blinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// The sender's name for it, which it has before the server knows it.
    Client(ClientId),
    /// The server's name, for rows that no client wrote.
    Message(MessageId),
}

impl RowKey {
    /// The key of a saved message.
    pub fn of(message: &Message) -> Self {
        message
            .client_id
            .map_or(Self::Message(message.id), Self::Client)
    }

    /// The client id, which [`crate::Action::Retry`] and `Discard` want.
    pub fn client_id(self) -> Option<ClientId> {
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

/// A message, or a text that is to become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name in lists; does not change.
    pub key: RowKey,
    /// Who wrote it. Before the first `welcome` our own id and name are not known yet: nil and
    /// empty stand in for them.
    pub sender: Sender,
    /// What it says.
    pub body: Body,
    /// When it was saved; until then, when it was written, by this client's clock.
    pub created_at: UnixMs,
    /// Its place, once it has one.
    pub seq: Option<Seq>,
    /// How far it got.
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

/// How far a row got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowState {
    /// Waits for the connection, or for a text before it.
    Queued,
    /// Is on its way.
    Sending,
    /// The server has it: it is saved.
    Sent,
    /// The server does not want it. [`crate::Action::Retry`] and `Discard` apply.
    Failed {
        /// Why.
        error: ErrorBody,
    },
}
