//! `/api/v1/poll`: the socket's frames over plain HTTP, for networks that let no WebSocket through.
//!
//! A client opens a session with `hello` among its frames, keeps one waiting request open at a
//! time, and sends what it has to say with others that do not wait. Whatever goes wrong with a
//! request, the session counts as lost: the client opens another one and resumes, as after any
//! broken connection. Browsers and proxies that do not hear an answer may send a request again by
//! themselves; its number tells.

use serde::{Deserialize, Serialize};

use crate::frame::{ClientFrame, ServerFrame};

/// `POST /api/v1/poll`: `200` [`Polled`]. `404` when the session has ended, `409` when another
/// request waits in it already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Poll {
    /// The session; `None` opens one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What the client says, in order; not when it waits in a session that is open already.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 64))]
    pub frames: Vec<ClientFrame>,
    /// Whether to answer with what the server says, as soon as there is something, at the latest
    /// after [`crate::limits::POLL_WAIT_MS`]. Without it the answer has no frames.
    #[serde(default)]
    pub wait: bool,
    /// Which of a session's requests that wait this is, 1, 2, 3 …: one that comes again with the same
    /// number is given the same answer again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Polled {
    /// The session; a secret, like a token.
    pub session: String,
    /// In order.
    pub frames: Vec<ServerFrame>,
    /// With it the session has ended; see [`crate::CloseCode`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_code: Option<u16>,
}
