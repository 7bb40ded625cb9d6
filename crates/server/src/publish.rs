//! The publisher: the one subscriber of commits. It delivers domain events to the hub, requests
//! that sockets authenticate again, and wakes background workers.
//!
//! It also handles commits that the database did not confirm. The client that sent the command
//! retries and receives the outcome, but other clients would not: so the publisher reads the outcome as
//! soon as the database answers, and lets sockets authenticate again in any case.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use deskbell_base::clock;
use deskbell_domain::platform::maintenance::{self, MaintenanceMode};
use deskbell_hub::{Delivery, Hub, ReadProgress, Topic};
use deskbell_protocol::{
    Conversation, ConversationId, Event, Position, Queue, ServerFrame, Status, UserId, WorkspaceId,
};
use deskbell_store::{CommitHook, Committed, DomainEvent, Effect, Store, conversations, platform};
use tokio::sync::{Notify, watch};
use tokio_util::task::TaskTracker;

use crate::shutdown::shutdown_requested;

/// Backoff between two attempts to read the outcome of an unconfirmed commit.
const RETRY: Duration = Duration::from_millis(500);

/// Wake-up signals of background workers.
#[derive(Default)]
pub struct Wakes {
    /// The mail queue has a new row.
    pub mail: Notify,
    /// A workspace was marked as deleted.
    pub purge: Notify,
}

/// The subscriber of commits. Cheap to clone.
#[derive(Clone)]
pub struct Publisher(Arc<Parts>);

/// The handles of the publisher.
pub struct Parts {
    pub hub: Hub,
    /// The database, without the publisher as its hook.
    pub store: Store,
    pub wakes: Arc<Wakes>,
    pub maintenance: Arc<MaintenanceMode>,
    pub tasks: TaskTracker,
    pub stopping: watch::Receiver<bool>,
}

impl CommitHook for Publisher {
    fn committed(&self, committed: Committed) {
        for event in committed.events {
            self.publish(event);
        }
        for effect in committed.effects {
            self.apply(effect);
        }
    }

    fn unconfirmed(&self, committed: Committed) {
        if committed != Committed::default() {
            self.0.tasks.spawn(self.clone().recover(committed));
        }
    }
}

impl Publisher {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Publishes the outcome of an unconfirmed commit, once the database answers.
    async fn recover(self, lost: Committed) {
        let ids = lost.events.iter().filter_map(DomainEvent::conversation_id);
        let ids: Vec<_> = ids.collect::<BTreeSet<_>>().into_iter().collect();
        let mut stopping = self.0.stopping.clone();
        loop {
            match self.read_outcome(&ids, &lost.effects).await {
                Ok(found) => {
                    self.committed(found);
                    return self.recover_notifications(lost.events);
                }
                Err(error) => tracing::debug!(%error, "the outcome of a commit is not known yet"),
            }
            tokio::select! {
                () = shutdown_requested(&mut stopping) => return,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// Asks the members whom an unconfirmed commit may have notified to request their notifications again.
    fn recover_notifications(&self, lost: Vec<DomainEvent>) {
        for event in lost {
            if let DomainEvent::Notified {
                workspace_id,
                user_id,
                ..
            }
            | DomainEvent::NotificationsChanged {
                workspace_id,
                user_id,
            } = event
            {
                self.publish(DomainEvent::NotificationsChanged {
                    workspace_id,
                    user_id,
                });
            }
        }
    }

    async fn read_outcome(
        &self,
        ids: &[ConversationId],
        effects: &BTreeSet<Effect>,
    ) -> deskbell_store::Result<Committed> {
        let store = &self.0.store;
        store.wait_for_writers().await?;
        let mut found = Committed::default();
        if !ids.is_empty() {
            let mut tx = store.begin(clock::now()).await?;
            conversations::republish_heads(&mut tx, ids).await?;
            found = tx.commit_unpublished().await?;
        }
        for effect in effects {
            found.effects.insert(match effect {
                Effect::MaintenanceSet(_) => {
                    let setting = maintenance::SETTING;
                    let message = platform::find_setting(&mut store.read().await?, setting).await?;
                    Effect::MaintenanceSet(message)
                }
                effect => effect.clone(),
            });
        }
        Ok(found)
    }

    fn apply(&self, effect: Effect) {
        match effect {
            Effect::ReauthenticateMember {
                workspace_id,
                user_id,
            } => {
                let delivery = Delivery::Reauthenticate { visitor_id: None };
                self.deliver(workspace_id, Topic::Member(user_id), delivery);
            }
            Effect::ReauthenticateVisitors {
                workspace_id,
                visitor_id,
            } => {
                let delivery = Delivery::Reauthenticate { visitor_id };
                self.deliver(workspace_id, Topic::Visitors(workspace_id), delivery);
            }
            Effect::MailQueued => self.0.wakes.mail.notify_one(),
            Effect::PurgeNeeded => self.0.wakes.purge.notify_one(),
            Effect::MaintenanceSet(message) => {
                if self.0.maintenance.set(message) {
                    self.0.hub.resync(None);
                }
            }
        }
    }

    fn publish(&self, event: DomainEvent) {
        match event {
            DomainEvent::MessageCreated {
                workspace_id,
                message,
            } => {
                let (conversation_id, seq) = (message.conversation_id, message.seq);
                let delivery = Delivery::Message {
                    conversation_id,
                    seq,
                    frame: encode(Event::MessageCreated { message }).into(),
                };
                self.deliver(workspace_id, Topic::Conversation(conversation_id), delivery);
            }
            DomainEvent::NoteCreated { workspace_id, note } => {
                let (conversation_id, seq) = (note.conversation_id, note.seq);
                let delivery = Delivery::Note {
                    conversation_id,
                    seq,
                    frame: encode(Event::NoteCreated { note }).into(),
                };
                let topic = Topic::ConversationForAgents(conversation_id);
                self.deliver(workspace_id, topic, delivery);
            }
            DomainEvent::Notified {
                workspace_id,
                user_id,
                notification,
            } => self.inform(workspace_id, user_id, Event::Notified { notification }),
            DomainEvent::NotificationsChanged {
                workspace_id,
                user_id,
            } => self.inform(workspace_id, user_id, Event::NotificationsChanged),
            DomainEvent::HeadMoved {
                workspace_id,
                position,
                queue,
                conversation,
            } => self.publish_to_inbox(workspace_id, position, queue, conversation),
            DomainEvent::ConversationChanged {
                workspace_id,
                position,
                queue,
                conversation,
            } => {
                let id = conversation.id;
                // First, so that an agent's session drops the second one as older.
                let for_agents = head_changed(conversation.clone(), true);
                self.deliver(workspace_id, Topic::ConversationForAgents(id), for_agents);
                let for_visitor = head_changed(conversation.clone().for_visitor(), false);
                self.deliver(workspace_id, Topic::Conversation(id), for_visitor);
                self.publish_to_inbox(workspace_id, position, queue, conversation);
            }
            DomainEvent::ConversationBegun {
                workspace_id,
                conversation,
            } => {
                let topic = Topic::Visitor(conversation.visitor.id);
                let delivery = Delivery::ConversationStarted {
                    conversation_id: conversation.id,
                    frame: encode(Event::ConversationChanged { conversation }).into(),
                };
                self.deliver(workspace_id, topic, delivery);
            }
            DomainEvent::ReceiptsMoved {
                workspace_id,
                conversation_id,
                receipts,
            } => {
                let event = Event::Receipts {
                    conversation_id,
                    receipts,
                };
                let frame = encode(event).into();
                let progress = ReadProgress::Receipts {
                    conversation_id,
                    receipts,
                };
                let delivery = Delivery::Event {
                    progress: Some(progress),
                    frame,
                };
                self.deliver(workspace_id, Topic::Conversation(conversation_id), delivery);
            }
            DomainEvent::SeenMoved {
                workspace_id,
                user_id,
                marker,
            } => {
                let markers = vec![marker];
                let frame = encode(Event::Seen { markers }).into();
                let delivery = Delivery::Event {
                    progress: Some(ReadProgress::Seen { marker }),
                    frame,
                };
                self.deliver(workspace_id, Topic::Member(user_id), delivery);
            }
        }
    }

    /// Publishes to the inbox. The frame differs from the visitor's, which must not contain the
    /// counters of the workspace.
    fn publish_to_inbox(
        &self,
        workspace_id: WorkspaceId,
        position: Position,
        queue: Queue,
        conversation: Conversation,
    ) {
        let topic = Topic::Inbox(workspace_id);
        if !self.0.hub.reaches(topic) {
            return;
        }
        let event = Event::InboxChanged {
            position,
            queue,
            conversation,
        };
        let frame = encode(event).into();
        self.deliver(workspace_id, topic, Delivery::Inbox { position, frame });
    }

    /// Publishes to the connections of one member.
    fn inform(&self, workspace_id: WorkspaceId, user_id: UserId, event: Event) {
        let delivery = Delivery::Event {
            progress: None,
            frame: encode(event).into(),
        };
        self.deliver(workspace_id, Topic::Member(user_id), delivery);
    }

    fn deliver(&self, workspace_id: WorkspaceId, topic: Topic, delivery: Delivery) {
        self.0.hub.publish(workspace_id, &[topic], delivery);
    }
}

fn head_changed(conversation: Conversation, for_agents: bool) -> Delivery {
    Delivery::Conversation {
        conversation_id: conversation.id,
        revision: conversation.revision,
        is_closed: conversation.status == Status::Closed,
        for_agents,
        frame: encode(Event::ConversationChanged { conversation }).into(),
    }
}

/// Encodes an event as a frame.
pub fn encode(event: Event) -> String {
    to_json(&ServerFrame {
        reply_to: None,
        event,
    })
}

/// Encodes a reply as a frame.
pub fn encode_reply(reply_to: u32, event: Event) -> String {
    to_json(&ServerFrame {
        reply_to: Some(reply_to),
        event,
    })
}

fn to_json(frame: &ServerFrame) -> String {
    serde_json::to_string(frame).expect("our frames are plain JSON")
}
