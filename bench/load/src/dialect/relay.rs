//! The relay's frames.

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ask, Dialect, Heard};

pub struct Relay;

#[derive(Serialize)]
struct Send<'a> {
    r#type: &'static str,
    id: u32,
    room: Option<u64>,
    text: &'a str,
}

#[derive(Deserialize)]
struct Told<'a> {
    r#type: &'a str,
    id: Option<u32>,
    room: Option<u64>,
    seq: Option<i64>,
    text: Option<&'a str>,
}

impl Dialect for Relay {
    fn path(&self) -> &'static str {
        "/socket"
    }

    fn encode(&self, id: u32, ask: &Ask<'_>) -> Option<String> {
        let frame = match ask {
            Ask::Hello { token } => json!({ "type": "hello", "id": id, "token": token }),
            Ask::Beat | Ask::Claim { .. } => return None,
            Ask::Start => json!({ "type": "start", "id": id }),
            Ask::Follow { conversation } => {
                json!({ "type": "join", "id": id, "room": conversation.parse::<u64>().ok() })
            }
            Ask::FollowInbox => json!({ "type": "join_inbox", "id": id }),
            Ask::Send { conversation, text } => {
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

    fn decode<'a>(&self, text: &'a str) -> Result<Heard<'a>> {
        let told: Told<'a> = serde_json::from_str(text)?;
        Ok(match told {
            Told {
                r#type: "welcome", ..
            } => Heard::Welcome,
            Told {
                r#type: "message",
                seq: Some(position),
                text: Some(text),
                ..
            } => Heard::Message { position, text },
            Told {
                id: Some(id), room, ..
            } => Heard::Reply {
                id,
                conversation: room.map(|room| room.to_string()),
            },
            _ => Heard::Other,
        })
    }
}
