//! Attention: typing, read receipts and presence of a session's person.

use deskbell_base::error::AppResult;
use deskbell_base::scope::Scope;
use deskbell_domain::conversations::inbox;
use deskbell_domain::workspace::members;
use deskbell_hub::{Delivery, ReadProgress, Topic};
use deskbell_protocol::{
    Command, Conversation, ConversationId, Event, SeenMarker, Sender, Seq, Status,
};
use deskbell_store::conversations::receipts::Reading;
use tokio::time::Instant;

use super::{End, Session};
use crate::publish::encode;
use crate::realtime::presence;
use crate::realtime::presence_guard::who;

/// A topic that a client has just subscribed to: initial events follow the reply.
pub(super) enum FollowUp {
    Inbox,
    Conversation(ConversationId),
}

impl FollowUp {
    pub(super) fn by(command: &Command) -> Option<Self> {
        match command {
            Command::SubscribeInbox { .. } => Some(Self::Inbox),
            Command::Subscribe {
                conversation_id, ..
            } => Some(Self::Conversation(*conversation_id)),
            _ => None,
        }
    }
}

impl Session {
    /// Sends an agent the presence and their read markers, and a visitor whether the agent of their
    /// conversation can be reached.
    pub(super) async fn send_initial_events(&mut self, follow_up: FollowUp) -> Result<(), End> {
        let mut events = Vec::new();
        match (follow_up, &self.scope) {
            (FollowUp::Conversation(id), Scope::Visitor(visitor)) => {
                match presence::of_assignee(&self.realtime, visitor, id).await {
                    Ok(event) => events.extend(event),
                    Err(error) => error.log(),
                }
            }
            (FollowUp::Inbox, Scope::Visitor(_)) => {}
            (FollowUp::Inbox, Scope::Agent(agent)) => {
                events.push(presence::everybody(&self.realtime, agent.workspace_id));
                match inbox::markers(&self.realtime.core, agent).await {
                    Ok(markers) if markers.is_empty() => {}
                    Ok(markers) => {
                        self.note_markers(&markers);
                        events.push(Event::Seen { markers });
                    }
                    Err(error) => error.log(),
                }
            }
            (FollowUp::Conversation(id), Scope::Agent(agent)) => {
                match presence::of_visitor(&self.realtime, agent, id).await {
                    Ok(event) => events.push(event),
                    Err(error) => error.log(),
                }
            }
        }
        for event in events {
            self.connection.queue(encode(event).into()).await?;
        }
        Ok(())
    }

    /// Records how far a user has read, from a delivery. False if the client has that, or more.
    pub(super) fn raise_progress(&mut self, progress: ReadProgress) -> bool {
        match progress {
            ReadProgress::Receipts {
                conversation_id,
                receipts,
            } => self.cursors.raise_receipts(conversation_id, receipts),
            ReadProgress::Seen { marker } => self.markers.raise(marker),
            ReadProgress::Unknown => true,
        }
    }

    /// Records markers that are sent.
    pub(super) fn note_markers(&mut self, markers: &[SeenMarker]) {
        for marker in markers {
            self.markers.raise(*marker);
        }
    }

    /// Records that the person is typing, or has stopped.
    pub(super) fn set_typing(&mut self, id: ConversationId, active: bool) -> AppResult<Event> {
        self.must_follow(id)?;
        if self.typing.set(id, active, Instant::now()) {
            self.tell_typing(id, active);
        }
        Ok(Event::Done)
    }

    /// Ends typing for the others, because the person has sent a message.
    pub(super) fn wrote(&mut self, id: ConversationId) {
        if self.typing.forget(id) && matches!(self.scope, Scope::Visitor(_)) {
            let workspace_id = self.scope.workspace_id();
            let hub = &self.realtime.hub;
            hub.set_visitor_typing(workspace_id, id, false);
        }
    }

    /// Records that the person has received or seen messages.
    pub(super) fn read(
        &mut self,
        id: ConversationId,
        delivered: Option<Seq>,
        seen: Option<Seq>,
    ) -> AppResult<Event> {
        self.must_follow(id)?;
        let reading = Reading {
            delivered: delivered.unwrap_or(0),
            seen: seen.unwrap_or(0),
        };
        self.realtime.receipts.note(id, &self.scope, reading);
        Ok(Event::Done)
    }

    /// Records that the agent has become reachable or unreachable.
    pub(super) async fn set_availability(
        &mut self,
        away: Option<bool>,
        idle: Option<bool>,
    ) -> AppResult<Event> {
        if let (Some(away), Scope::Agent(agent)) = (away, &self.scope) {
            members::set_away(&self.realtime.core, agent, away).await?;
            let hub = &self.realtime.hub;
            hub.set_away(agent.workspace_id, agent.user.id, away);
        }
        if let (Some(idle), Some(present)) = (idle, &self.present) {
            present.set_idle(idle);
        }
        Ok(Event::Done)
    }

    /// Handles the close of a conversation. A visitor without another one is not listed for agents.
    pub(super) async fn update_listed(&mut self) {
        let (Scope::Visitor(visitor), Some(present)) = (&self.scope, &self.present) else {
            return;
        };
        match self.realtime.visitors.find_current(visitor).await {
            Ok(current) => {
                let is_open = |it: &Conversation| it.status != Status::Closed;
                present.set_listed(current.as_ref().is_some_and(is_open));
            }
            Err(error) => error.log(),
        }
    }

    /// Handles the end of a subscription to a conversation.
    pub(super) fn stop_viewing(&mut self, id: ConversationId) {
        if self.typing.forget(id) {
            self.tell_typing(id, false);
        }
        if let Some(present) = &self.present {
            present.stop_viewing(id);
        }
    }

    /// Ends expired typing.
    pub(super) fn end_typing(&mut self) {
        for id in self.typing.ended(Instant::now()) {
            self.tell_typing(id, false);
        }
    }

    /// Ends all typing when the session ends.
    pub(super) fn stop_typing(&mut self) {
        for id in self.typing.end_all() {
            self.tell_typing(id, false);
        }
    }

    fn tell_typing(&self, conversation_id: ConversationId, active: bool) {
        let sender = match &self.scope {
            Scope::Visitor(visitor) => Sender::Visitor {
                id: visitor.visitor_id,
                name: visitor.name.clone(),
            },
            Scope::Agent(agent) => Sender::Agent {
                id: agent.user.id,
                name: agent.user.name.clone(),
            },
        };
        let event = Event::Typing {
            conversation_id,
            sender,
            active,
        };
        let delivery = Delivery::Ephemeral {
            by: who(&self.scope),
            frame: encode(event).into(),
        };
        let topic = Topic::Conversation(conversation_id);
        let workspace_id = self.scope.workspace_id();
        self.realtime.hub.publish(workspace_id, &[topic], delivery);
        if let Scope::Visitor(_) = &self.scope {
            let hub = &self.realtime.hub;
            hub.set_visitor_typing(workspace_id, conversation_id, active);
        }
    }

    /// Refuses conversations that are not followed, as if they did not exist.
    fn must_follow(&self, id: ConversationId) -> AppResult<()> {
        if self.cursors.has(id) {
            Ok(())
        } else {
            Err(deskbell_store::Error::NotFound.into())
        }
    }
}
