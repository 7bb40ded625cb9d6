//! Deskbell's protocol: commands are encoded by `shared/`; of events only the needed fields are
//! decoded.

use anyhow::Result;
use deskbell_protocol::{ClientFrame, Command, ConversationId, ErrorBody, LEVEL};
use serde::Deserialize;

use super::{Incoming, Protocol, Request, next_client_id};

pub struct Deskbell;

/// The needed fields of a server's frame; decoding the rest would slow the load down.
#[derive(Deserialize)]
struct Frame<'a> {
    reply_to: Option<u32>,
    #[serde(borrow)]
    event: Event<'a>,
}

#[derive(Deserialize)]
struct Event<'a> {
    r#type: &'a str,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(borrow)]
    conversation: Option<Conversation<'a>>,
    error: Option<ErrorBody>,
}

#[derive(Deserialize)]
struct Message<'a> {
    seq: i64,
    #[serde(borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    text: Option<&'a str>,
}

#[derive(Deserialize)]
struct Conversation<'a> {
    id: &'a str,
    preview: &'a str,
}

impl Protocol for Deskbell {
    fn path(&self) -> &'static str {
        "/api/v1/socket"
    }

    fn encode(&self, id: u32, request: &Request<'_>) -> Option<String> {
        let command = match request {
            Request::Hello { token } => Command::Hello {
                level: LEVEL,
                token: Some((*token).to_owned()),
            },
            Request::KeepAlive => Command::Ping,
            Request::Start => Command::Start {
                client_id: next_client_id(),
                text: "Hello?".to_owned(),
            },
            Request::Subscribe { conversation } => Command::Subscribe {
                conversation_id: conversation_id(conversation),
                after_seq: None,
            },
            Request::SubscribeInbox => Command::SubscribeInbox { after: None },
            Request::Claim { conversation } => Command::Claim {
                conversation_id: conversation_id(conversation),
            },
            Request::Send { conversation, text } => Command::Send {
                conversation_id: conversation_id(conversation),
                client_id: next_client_id(),
                text: (*text).to_owned(),
                assignee: None,
            },
        };
        let frame = ClientFrame { id, command };
        Some(serde_json::to_string(&frame).expect("our frames are plain JSON"))
    }

    fn decode<'a>(&self, text: &'a str) -> Result<Incoming<'a>> {
        let Frame { reply_to, event } = serde_json::from_str(text)?;
        Ok(match (event.r#type, reply_to) {
            ("error", _) => {
                Incoming::Refused(event.error.map_or_else(String::new, |error| error.message))
            }
            ("welcome", _) => Incoming::Welcome,
            (_, Some(id)) => Incoming::Reply {
                id,
                conversation: event
                    .conversation
                    .map(|conversation| conversation.id.to_owned()),
            },
            ("message_created", None) => match event.message {
                Some(Message {
                    seq,
                    body: Body { text: Some(text) },
                }) => Incoming::Message {
                    position: seq,
                    text,
                },
                _ => Incoming::Other,
            },
            ("inbox_changed", None) => match event.conversation {
                Some(conversation) => Incoming::Head {
                    text: conversation.preview,
                },
                None => Incoming::Other,
            },
            _ => Incoming::Other,
        })
    }
}

fn conversation_id(text: &str) -> ConversationId {
    text.parse().expect("the server named this conversation")
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::{
        Body, ClientMessageId, ConversationId, Event, Message, MessageId, Sender, ServerFrame,
    };

    use super::Deskbell;
    use crate::protocol::{Incoming, Protocol};

    const RANDOM: [u8; 10] = [7; 10];

    fn encoded(reply_to: Option<u32>, event: Event) -> String {
        serde_json::to_string(&ServerFrame { reply_to, event }).unwrap()
    }

    #[test]
    fn server_frames_are_parsed() {
        let saved = encoded(
            Some(9),
            Event::Saved {
                conversation_id: ConversationId::from_parts(1, RANDOM),
                client_id: ClientMessageId::from_parts(1, RANDOM),
                message_id: MessageId::from_parts(1, RANDOM),
                seq: 4,
                created_at: 1,
            },
        );
        assert!(matches!(
            Deskbell.decode(&saved).unwrap(),
            Incoming::Reply { id: 9, .. }
        ));
        let message = Message {
            id: MessageId::from_parts(1, RANDOM),
            conversation_id: ConversationId::from_parts(1, RANDOM),
            seq: 4,
            client_id: None,
            sender: Sender::System,
            body: Body::Text {
                text: "hi".to_owned(),
            },
            created_at: 1,
        };
        let event = encoded(None, Event::MessageCreated { message });
        assert!(matches!(
            Deskbell.decode(&event).unwrap(),
            Incoming::Message {
                position: 4,
                text: "hi"
            }
        ));
    }
}
