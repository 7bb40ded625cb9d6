//! The bodies of polls. Frames are not parsed here: the session parses each of the client's, and
//! encodes each of its own, once.

use axum::body::Bytes;
use deskbell_base::error::{AppError, AppResult};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A [`deskbell_protocol::api::conversations::poll::Poll`] with unparsed frames.
#[derive(Serialize, Deserialize)]
pub struct PollBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    #[serde(default)]
    pub frames: Vec<Box<RawValue>>,
    #[serde(default)]
    pub(super) wait: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) wait_ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u32>,
    /// Between nodes only: the random id of this request, by which it can be cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ticket: Option<String>,
    /// Between nodes only: cancels the request with this ticket. An older node, which does not know
    /// this field, sees a poll without frames that does not wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cancel: Option<String>,
}

impl PollBody {
    /// Removes the fields that only nodes send each other.
    pub fn without_node_fields(self) -> Self {
        Self {
            ticket: None,
            cancel: None,
            ..self
        }
    }
}

/// The frames for a client, and the close code if the session has ended.
pub(super) type Taken = (Vec<Bytes>, Option<u16>);

/// Encodes a [`deskbell_protocol::api::conversations::poll::Polled`].
pub(super) fn encode(session: &str, (frames, close_code): &Taken) -> AppResult<Vec<u8>> {
    let session = serde_json::to_string(session).map_err(AppError::internal)?;
    let bytes: usize = frames.iter().map(|frame| frame.len() + 1).sum();
    let mut json = Vec::with_capacity(bytes + session.len() + 64);
    json.extend_from_slice(b"{\"session\":");
    json.extend_from_slice(session.as_bytes());
    json.extend_from_slice(b",\"frames\":[");
    for (index, frame) in frames.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        json.extend_from_slice(frame);
    }
    json.push(b']');
    if let Some(code) = close_code {
        json.extend_from_slice(format!(",\"close_code\":{code}").as_bytes());
    }
    json.push(b'}');
    Ok(json)
}
