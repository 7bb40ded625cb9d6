//! The relay's frames.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Incoming, Protocol, Request};

pub struct Relay;

#[derive(Serialize)]
struct Send<'a> {
    r#type: &'static str,
    id: u32,
    room: Option<u64>,
    text: &'a str,
}

#[derive(Deserialize)]
struct ServerFrame<'a> {
    r#type: &'a str,
    id: Option<u32>,
    room: Option<u64>,
    seq: Option<i64>,
    text: Option<&'a str>,
}

impl Protocol for Relay {
    fn path(&self) -> &'static str {
        "/socket"
    }

    fn encode(&self, id: u32, request: &Request<'_>) -> Option<String> {
        let frame = match request {
            Request::Hello { token } => json!({ "type": "hello", "id": id, "token": token }),
            Request::KeepAlive | Request::Claim { .. } => return None,
            Request::Start => json!({ "type": "start", "id": id }),
            Request::Subscribe { conversation } => {
                json!({ "type": "join", "id": id, "room": conversation.parse::<u64>().ok() })
            }
            Request::SubscribeInbox => json!({ "type": "join_inbox", "id": id }),
            Request::Send { conversation, text } => {
                let send = Send {
                    r#type: "send",
                    id,
                    room: conversation.parse().ok(),
                    text,
                };
                return serde_json::to_string(&send).ok();
            }
        };
        Some(frame.to_string())
    }

    fn decode<'a>(&self, text: &'a str) -> Result<Incoming<'a>> {
        let frame: ServerFrame<'a> = serde_json::from_str(text)?;
        Ok(match frame {
            ServerFrame {
                r#type: "welcome", ..
            } => Incoming::Welcome,
            ServerFrame {
                r#type: "message",
                seq: Some(position),
                text: Some(text),
                ..
            } => Incoming::Message { position, text },
            ServerFrame {
                id: Some(id), room, ..
            } => Incoming::Reply {
                id,
                conversation: room.map(|room| room.to_string()),
            },
            _ => Incoming::Other,
        })
    }
}
