//! The envelope: one JSON object per WebSocket text frame.

use serde::{Deserialize, Serialize};

use crate::{Command, Event};

/// A frame of a client: `{"id": 7, "command": {"type": "ping"}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClientFrame {
    /// The client's number for this command; the reply repeats it.
    pub id: u32,
    /// The command.
    pub command: Command,
}

/// A frame of the server: `{"reply_to": 7, "event": {"type": "pong"}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerFrame {
    /// The number of the command that this answers; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u32>,
    /// The event.
    pub event: Event,
}
