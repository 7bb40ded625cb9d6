//! What every request can reach: settings, database, hub, tokens, web files.

use std::ops::Deref;
use std::sync::Arc;

use deskbell_hub::{Delivery, Hub, Topic};
use deskbell_protocol::{Event, ServerFrame};
use deskbell_store::{News, Store, Tx};
use tokio::sync::watch;

use crate::auth::token::Tokens;
use crate::clock;
use crate::config::Config;
use crate::error::AppResult;
use crate::web::WebFiles;

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of the application.
pub struct Parts {
    pub config: Config,
    pub store: Store,
    pub hub: Hub,
    pub tokens: Tokens,
    pub web: WebFiles,
    /// Turns true when the server is to stop.
    pub stopping: watch::Receiver<bool>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Begins a write.
    pub async fn begin(&self) -> AppResult<Tx> {
        Ok(self.store.begin(clock::now()).await?)
    }

    /// Commits, and only then tells the hub what happened.
    pub async fn commit(&self, tx: Tx) -> AppResult<()> {
        for news in tx.commit().await? {
            self.publish(news);
        }
        Ok(())
    }

    fn publish(&self, news: News) {
        match news {
            News::MessageCreated {
                conversation_id,
                message,
                ..
            } => {
                let seq = message.seq;
                let frame = encode(Event::MessageCreated { message });
                let topics = [Topic::Conversation(conversation_id)];
                self.hub.publish(
                    &topics,
                    Delivery::Message {
                        conversation_id,
                        seq,
                        frame,
                    },
                );
            }
            News::ConversationChanged {
                workspace_id,
                conversation,
            } => {
                let (conversation_id, revision) = (conversation.id, conversation.revision);
                let frame = encode(Event::ConversationChanged { conversation });
                let topics = [
                    Topic::Conversation(conversation_id),
                    Topic::Inbox(workspace_id),
                ];
                self.hub.publish(
                    &topics,
                    Delivery::Conversation {
                        conversation_id,
                        revision,
                        frame,
                    },
                );
            }
        }
    }
}

/// News as it goes over the socket.
pub fn encode(event: Event) -> String {
    to_json(&ServerFrame {
        reply_to: None,
        event,
    })
}

/// An answer as it goes over the socket.
pub fn encode_reply(reply_to: u32, event: Event) -> String {
    to_json(&ServerFrame {
        reply_to: Some(reply_to),
        event,
    })
}

fn to_json(frame: &ServerFrame) -> String {
    serde_json::to_string(frame).expect("our frames are plain JSON")
}
