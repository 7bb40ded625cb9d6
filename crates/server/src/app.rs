//! What every request can reach: settings, database, hub, tokens, web files.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deskbell_hub::{Delivery, Hub, Topic};
use deskbell_protocol::{
    Conversation, ConversationId, Event, Position, Queue, ServerFrame, Status, UserId, VisitorId,
    WorkspaceId,
};
use deskbell_store::simulation::{self, Flaw};
use deskbell_store::{News, Store, Tx, conversations};
use tokio::sync::{Notify, watch};

use crate::auth::token::Tokens;
use crate::auth::vault::Vault;
use crate::clock;
use crate::config::Config;
use crate::domain::arrivals::Arrivals;
use crate::domain::attempts::Attempts;
use crate::domain::blocks::Platform;
use crate::domain::receipts::Receipts;
use crate::domain::sending::Lanes;
use crate::error::AppResult;
use crate::limits::Limits;
use crate::mail::Mail;
use crate::maintenance::Gate;
use crate::realtime::poll::Polls;
use crate::web::WebFiles;
use crate::web::kept::Kept;
use crate::workers::Workers;

/// While the database does not answer, what may have happened is looked up again this often.
const TELL_AGAIN: Duration = Duration::from_millis(500);

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
    /// Where it gathers who says hello.
    pub arrivals: Arrivals,
    /// Where it gathers how far people have read.
    pub receipts: Receipts,
    pub tokens: Tokens,
    /// Keeps what the database may have under seal only.
    pub vault: Vault,
    pub mail: Mail,
    pub limits: Limits,
    /// Who was tried to sign in as, and by mistake or by force was not.
    pub attempts: Attempts,
    /// Networks that get no answer.
    pub platform: Platform,
    /// Sessions of those whose network lets no WebSocket through.
    pub polls: Polls,
    /// Whether people are let in.
    pub gate: Gate,
    /// Told when a workspace was deleted, whose rows are to go.
    pub purge: Notify,
    /// Who works beside the sessions.
    pub workers: Workers,
    pub web: WebFiles,
    /// The page at `/api/docs`, once somebody has asked for it.
    pub api_docs: OnceLock<Kept>,
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

    /// Commits, and only then tells the hub what happened. If nobody confirms it, it may have
    /// happened all the same: then the hub is told how things are as soon as the database answers,
    /// for a client that follows them has no reason to ask.
    pub async fn commit(&self, tx: Tx) -> AppResult<()> {
        if simulation::has(Flaw::TellBeforeCommit) {
            tx.news()
                .iter()
                .cloned()
                .for_each(|news| self.publish(news));
        }
        let causes_mail = tx.causes_mail();
        match tx.commit().await {
            Ok(news) => {
                if causes_mail {
                    self.mail.wake();
                }
                news.into_iter().for_each(|news| self.publish(news));
                Ok(())
            }
            Err(unconfirmed) => {
                let ids = unconfirmed.news.iter().map(News::conversation_id);
                let ids: BTreeSet<_> = ids.collect();
                if !ids.is_empty() {
                    tokio::spawn(self.clone().tell_again(ids.into_iter().collect()));
                }
                Err(unconfirmed.error.into())
            }
        }
    }

    async fn tell_again(self, ids: Vec<ConversationId>) {
        while !*self.stopping.borrow() {
            match self.read_again(&ids).await {
                Ok(news) => return news.into_iter().for_each(|news| self.publish(news)),
                Err(_) => tokio::time::sleep(TELL_AGAIN).await,
            }
        }
    }

    async fn read_again(&self, ids: &[ConversationId]) -> deskbell_store::Result<Vec<News>> {
        let mut tx = self.store.begin(clock::now()).await?;
        conversations::tell_again(&mut tx, ids).await?;
        Ok(tx.commit().await?)
    }

    /// Tells those who follow `topic` something that has no place among other news.
    pub fn tell(&self, workspace_id: WorkspaceId, topic: Topic, event: Event) {
        let frame = encode(event).into();
        let delivery = Delivery::News { frame };
        self.hub.publish(workspace_id, &[topic], delivery);
    }

    /// Something about a member may have changed: their sockets in this workspace look again who
    /// they are, on whichever node.
    pub fn prove_member_again(&self, workspace_id: WorkspaceId, user: UserId) {
        let again = Delivery::ProveAgain { visitor_id: None };
        self.hub
            .publish(workspace_id, &[Topic::Member(user)], again);
    }

    /// The same for a visitor, or for all of them.
    pub fn prove_visitors_again(&self, workspace_id: WorkspaceId, visitor_id: Option<VisitorId>) {
        let again = Delivery::ProveAgain { visitor_id };
        let topic = Topic::Visitors(workspace_id);
        self.hub.publish(workspace_id, &[topic], again);
    }

    /// The same, on this node only.
    pub fn tell_here(&self, workspace_id: WorkspaceId, topic: Topic, event: Event) {
        let frame = encode(event).into();
        let delivery = Delivery::News { frame };
        self.hub.publish_here(workspace_id, &[topic], delivery);
    }

    fn publish(&self, news: News) {
        match news {
            News::MessageCreated {
                workspace_id,
                message,
            } => {
                let (conversation_id, seq) = (message.conversation_id, message.seq);
                let delivery = Delivery::Message {
                    conversation_id,
                    seq,
                    frame: encode(Event::MessageCreated { message }).into(),
                };
                let topics = [Topic::Conversation(conversation_id)];
                self.hub.publish(workspace_id, &topics, delivery);
            }
            News::HeadMoved {
                workspace_id,
                position,
                queue,
                conversation,
            } => self.publish_change(workspace_id, position, queue, conversation),
            News::ConversationChanged {
                workspace_id,
                position,
                queue,
                conversation,
            } => {
                let delivery = Delivery::Conversation {
                    conversation_id: conversation.id,
                    revision: conversation.revision,
                    is_closed: conversation.status == Status::Closed,
                    frame: encode(Event::ConversationChanged {
                        conversation: conversation.clone(),
                    })
                    .into(),
                };
                let topics = [Topic::Conversation(conversation.id)];
                self.hub.publish(workspace_id, &topics, delivery);
                self.publish_change(workspace_id, position, queue, conversation);
            }
            News::ConversationBegun {
                workspace_id,
                conversation,
            } => {
                let topics = [Topic::Visitor(conversation.visitor.id)];
                let delivery = Delivery::Begun {
                    conversation_id: conversation.id,
                    frame: encode(Event::ConversationChanged { conversation }).into(),
                };
                self.hub.publish(workspace_id, &topics, delivery);
            }
            News::ReceiptsMoved {
                workspace_id,
                conversation_id,
                receipts,
            } => {
                let event = Event::Receipts {
                    conversation_id,
                    receipts,
                };
                self.tell(workspace_id, Topic::Conversation(conversation_id), event);
            }
            News::SeenMoved {
                workspace_id,
                user_id,
                marker,
            } => {
                let markers = vec![marker];
                self.tell(
                    workspace_id,
                    Topic::Member(user_id),
                    Event::Seen { markers },
                );
            }
        }
    }

    /// To the inbox. In a frame of its own: how busy a workspace is, its visitors need not know.
    fn publish_change(
        &self,
        workspace_id: WorkspaceId,
        position: Position,
        queue: Queue,
        conversation: Conversation,
    ) {
        let topic = Topic::Inbox(workspace_id);
        if !self.hub.reaches(topic) {
            return;
        }
        let event = Event::InboxChanged {
            position,
            queue,
            conversation,
        };
        let delivery = Delivery::Inbox {
            position,
            frame: encode(event).into(),
        };
        self.hub.publish(workspace_id, &[topic], delivery);
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
