//! Socket.IO 4 over Engine.IO 4, hand-written: one or two digits, an optional number, then JSON.

use anyhow::{Context, Result};
use deskbell_protocol::ClientMessageId;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Incoming, Protocol, Request, next_client_id};

pub struct SocketIo;

#[derive(Serialize)]
struct Send<'a> {
    conversation_id: Option<u64>,
    client_id: ClientMessageId,
    text: &'a str,
}

#[derive(Deserialize)]
struct Reply {
    conversation_id: Option<u64>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    id: i64,
    text: &'a str,
}

impl Protocol for SocketIo {
    fn path(&self) -> &'static str {
        "/socket.io/?EIO=4&transport=websocket"
    }

    fn server_pings(&self) -> bool {
        true
    }

    fn encode(&self, id: u32, request: &Request<'_>) -> Option<String> {
        let (name, body) = match request {
            Request::Hello { token } => return Some(format!("40{}", json!({ "token": token }))),
            Request::KeepAlive => return Some("3".to_owned()),
            Request::Claim { .. } => return None,
            Request::Start => ("start", json!({})),
            Request::SubscribeInbox => ("join_inbox", json!({})),
            Request::Subscribe { conversation } => {
                ("join", json!({ "conversation_id": number(conversation) }))
            }
            Request::Send { conversation, text } => {
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

    fn decode<'a>(&self, text: &'a str) -> Result<Incoming<'a>> {
        if let Some(event) = text.strip_prefix("42") {
            let (name, Message { id, text }) = serde_json::from_str::<(&str, Message<'a>)>(event)?;
            return Ok(match name {
                "message" => Incoming::Message { position: id, text },
                _ => Incoming::Other,
            });
        }
        if let Some(reply) = text.strip_prefix("43") {
            let start = reply.find('[').context("an reply is a list")?;
            let (reply, id): ((Reply,), u32) = (
                serde_json::from_str(&reply[start..])?,
                reply[..start].parse()?,
            );
            return Ok(match reply.0.error {
                Some(error) => Incoming::Refused(error),
                None => Incoming::Reply {
                    id,
                    conversation: reply.0.conversation_id.map(|id| id.to_string()),
                },
            });
        }
        Ok(match text.get(..2) {
            Some("40") => Incoming::Welcome,
            Some("44") => Incoming::Refused(text.to_owned()),
            _ if text.starts_with('0') => Incoming::Open,
            _ if text.starts_with('2') => Incoming::Ping,
            _ => Incoming::Other,
        })
    }
}

fn number(conversation: &str) -> Option<u64> {
    conversation.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::SocketIo;
    use crate::protocol::{Incoming, Protocol};

    #[test]
    fn replies_events_and_pings_are_distinguished() {
        let incoming = SocketIo.decode(r#"4312[{"conversation_id":7}]"#).unwrap();
        assert!(
            matches!(incoming, Incoming::Reply { id: 12, conversation: Some(name) } if name == "7")
        );
        let incoming = SocketIo.decode(r#"42["message",{"id":3,"text":"hi"}]"#);
        assert!(matches!(
            incoming.unwrap(),
            Incoming::Message {
                position: 3,
                text: "hi"
            }
        ));
        assert!(matches!(SocketIo.decode("2").unwrap(), Incoming::Ping));
        assert!(matches!(
            SocketIo.decode(r#"431[{"error":"no"}]"#).unwrap(),
            Incoming::Refused(_)
        ));
    }
}
