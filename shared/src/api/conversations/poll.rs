//! `/api/v1/poll`: long polling, for networks that let no WebSocket through.
//!
//! A client opens a session with `hello` among its frames, keeps one waiting request open at a
//! time, and sends frames with other requests that do not wait. After any error the session counts
//! as lost: the client opens another one and resumes, as after any broken connection. Browsers and
//! proxies may repeat a request without an answer by themselves; its number identifies it.

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
    /// The frames of the client, in order. They are not executed again when a request is repeated
    /// with its number.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 64))]
    pub frames: Vec<ClientFrame>,
    /// Whether to answer with frames of the server, as soon as there are some, at the latest after
    /// [`crate::limits::POLL_WAIT_MS`]. Without it the answer has no frames.
    #[serde(default)]
    pub wait: bool,
    /// The number of this request among those of the session that wait: 1, 2, 3 … A request with the
    /// number of the one before gets the same answer again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// With `wait`: the longest wait in milliseconds, if it is to be shorter. With 0 the answer has
    /// the frames that are ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u32>,
}

/// The answer to a poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Polled {
    /// The session; a secret, like a token.
    pub session: String,
    /// The frames of the server, in order.
    pub frames: Vec<ServerFrame>,
    /// The close code, if the session has ended; see [`crate::CloseCode`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_code: Option<u16>,
}
