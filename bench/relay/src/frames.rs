//! The frames of the relay, as JSON.

use std::borrow::Cow;

use axum::extract::ws::Utf8Bytes;
use serde::{Deserialize, Serialize};

/// A request of a client; the reply repeats `id`.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame<'a> {
    Hello {
        id: u32,
        token: Cow<'a, str>,
    },
    Start {
        id: u32,
    },
    Join {
        id: u32,
        room: u64,
    },
    JoinInbox {
        id: u32,
    },
    Send {
        id: u32,
        room: u64,
        #[serde(borrow)]
        text: Cow<'a, str>,
    },
}

/// A frame of the relay.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame<'a> {
    Welcome { id: u32 },
    Started { id: u32, room: u64 },
    Joined { id: u32 },
    Sent { id: u32, seq: u64 },
    Message { room: u64, seq: u64, text: &'a str },
}

impl ServerFrame<'_> {
    pub fn encode(&self) -> Utf8Bytes {
        serde_json::to_string(self)
            .expect("frames are plain JSON")
            .into()
    }
}
