//! What every request can reach: settings, database, hub, tokens, web files.

use std::ops::Deref;
use std::sync::Arc;

use deskbell_hub::{Delivery, Hub, Topic};
use deskbell_protocol::{Conversation, Event, ServerFrame};
use deskbell_store::{News, Store, Tx};
use tokio::sync::watch;

use crate::auth::token::Tokens;
use crate::clock;
use crate::config::Config;
use crate::domain::sending::Lanes;
use crate::error::AppResult;
use crate::realtime::poll::Polls;
use crate::web::WebFiles;

/// The application; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of the application.
pub struct Parts {
    pub config: Config,
    pub store: Store,
    pub hub: Hub,
    /// Where messages go to be saved.
    pub lanes: Lanes,
    pub tokens: Tokens,
    /// Sessions of those whose network lets no WebSocket through.
    pub polls: Polls,
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
            News::MessageCreated { message, .. } => {
                let (conversation_id, seq) = (message.conversation_id, message.seq);
                let delivery = Delivery::Message {
                    conversation_id,
                    seq,
                    frame: encode(Event::MessageCreated { message }).into(),
                };
                self.hub
                    .publish(&[Topic::Conversation(conversation_id)], delivery);
            }
            News::HeadMoved {
                workspace_id,
                conversation,
            } => self
                .hub
                .publish(&[Topic::Inbox(workspace_id)], head(conversation)),
            News::ConversationChanged {
                workspace_id,
                conversation,
            } => {
                let topics = [
                    Topic::Conversation(conversation.id),
                    Topic::Inbox(workspace_id),
                ];
                self.hub.publish(&topics, head(conversation));
            }
        }
    }
}

fn head(conversation: Conversation) -> Delivery {
    Delivery::Conversation {
        conversation_id: conversation.id,
        revision: conversation.revision,
        frame: encode(Event::ConversationChanged { conversation }).into(),
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
