//! The envelope: one JSON object per WebSocket text frame.

use serde::{Deserialize, Serialize};

use crate::{Command, Event};

/// What a client sends: `{"id": 7, "command": {"type": "ping"}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientFrame {
    /// The client's number for this command; the reply repeats it.
    pub id: u32,
    /// What is asked.
    pub command: Command,
}

/// What the server sends: `{"reply_to": 7, "event": {"type": "pong"}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerFrame {
    /// The command that this answers; absent on news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u32>,
    /// What is said.
    pub event: Event,
}
