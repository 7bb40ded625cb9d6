//! Socket.IO 4 over Engine.IO 4, hand-written: one or two digits, an optional number, then JSON.

use anyhow::{Context, Result};
use deskbell_protocol::ClientMessageId;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ask, Dialect, Heard, next_client_id};

pub struct SocketIo;

#[derive(Serialize)]
struct Send<'a> {
    conversation_id: Option<u64>,
    client_id: ClientMessageId,
    text: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    conversation_id: Option<u64>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    id: i64,
    text: &'a str,
}

impl Dialect for SocketIo {
    fn path(&self) -> &'static str {
        "/socket.io/?EIO=4&transport=websocket"
    }

    fn server_leads(&self) -> bool {
        true
    }

    fn encode(&self, id: u32, ask: &Ask<'_>) -> Option<String> {
        let (name, body) = match ask {
            Ask::Hello { token } => return Some(format!("40{}", json!({ "token": token }))),
            Ask::Beat => return Some("3".to_owned()),
            Ask::Claim { .. } => return None,
            Ask::Start => ("start", json!({})),
            Ask::FollowInbox => ("join_inbox", json!({})),
            Ask::Follow { conversation } => {
                ("join", json!({ "conversation_id": number(conversation) }))
            }
            Ask::Send { conversation, text } => {
                let body = Send {
                    conversation_id: number(conversation),
                    client_id: next_client_id(),
                    text,
                };
                let event = serde_json::to_string(&("send", body)).ok()?;
                return Some(format!("42{id}{event}"));
            }
        };
        Some(format!("42{id}{}", json!([name, body])))
    }

    fn decode<'a>(&self, text: &'a str) -> Result<Heard<'a>> {
        if let Some(event) = text.strip_prefix("42") {
            let (name, Message { id, text }) = serde_json::from_str::<(&str, Message<'a>)>(event)?;
            return Ok(match name {
                "message" => Heard::Message { position: id, text },
                _ => Heard::Other,
            });
        }
        if let Some(answer) = text.strip_prefix("43") {
            let begin = answer.find('[').context("an answer is a list")?;
            let (answer, id): ((Answer,), u32) = (
                serde_json::from_str(&answer[begin..])?,
                answer[..begin].parse()?,
            );
            return Ok(match answer.0.error {
                Some(error) => Heard::Refused(error),
                None => Heard::Reply {
                    id,
                    conversation: answer.0.conversation_id.map(|id| id.to_string()),
                },
            });
        }
        Ok(match text.get(..2) {
            Some("40") => Heard::Welcome,
            Some("44") => Heard::Refused(text.to_owned()),
            _ if text.starts_with('0') => Heard::Open,
            _ if text.starts_with('2') => Heard::Ping,
            _ => Heard::Other,
        })
    }
}

fn number(conversation: &str) -> Option<u64> {
    conversation.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::SocketIo;
    use crate::dialect::{Dialect, Heard};

    #[test]
    fn replies_events_and_pings_are_distinguished() {
        let heard = SocketIo.decode(r#"4312[{"conversation_id":7}]"#).unwrap();
        assert!(matches!(heard, Heard::Reply { id: 12, conversation: Some(name) } if name == "7"));
        let heard = SocketIo.decode(r#"42["message",{"id":3,"text":"hi"}]"#);
        assert!(matches!(
            heard.unwrap(),
            Heard::Message {
                position: 3,
                text: "hi"
            }
        ));
        assert!(matches!(SocketIo.decode("2").unwrap(), Heard::Ping));
        assert!(matches!(
            SocketIo.decode(r#"431[{"error":"no"}]"#).unwrap(),
            Heard::Refused(_)
        ));
    }
}
