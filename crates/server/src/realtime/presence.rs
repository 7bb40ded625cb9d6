//! Presence as agents see it: who is online, and whether a visitor is.

use deskbell_domain::clock;
use deskbell_domain::error::AppResult;
use deskbell_domain::visitors;
use deskbell_hub::presence::{Told, Who};
use deskbell_protocol::{ConversationId, Event, Status, VisitorPresence, WorkspaceId};
use deskbell_store::{VisitorScope, WorkspaceScope, conversations};

use crate::realtime::state::Realtime;

/// Everybody who is online, with which an agent's list begins.
pub fn everybody(realtime: &Realtime, workspace_id: WorkspaceId) -> Event {
    let told = realtime
        .hub
        .presence()
        .everybody(workspace_id, clock::now());
    event(true, told)
}

/// Whether the visitor of this conversation is online, and since when not.
pub async fn of_visitor(
    realtime: &Realtime,
    agent: &WorkspaceScope,
    conversation_id: ConversationId,
) -> AppResult<Event> {
    let (visitor_id, noted_at) =
        visitors::last_seen(&realtime.core, agent, conversation_id).await?;
    let who = Who::Visitor(visitor_id);
    let online = realtime.hub.presence().is_here(agent.workspace_id, who);
    let last_seen_at = if online { clock::now() } else { noted_at };
    let visitors = vec![VisitorPresence {
        visitor_id,
        online,
        last_seen_at,
    }];
    Ok(event(
        false,
        Told {
            visitors,
            ..Told::default()
        },
    ))
}

/// For the visitor of this conversation: whether its agent can be reached; `None` without an agent.
pub async fn of_assignee(
    realtime: &Realtime,
    visitor: &VisitorScope,
    conversation_id: ConversationId,
) -> AppResult<Option<Event>> {
    let mut reader = realtime.core.db.read().await?;
    let head = conversations::get_for_visitor(&mut reader, visitor, conversation_id).await?;
    let is_active = head.status == Status::Active;
    Ok(head.assignee.filter(|_| is_active).map(|agent| {
        let presence = realtime.hub.presence();
        Event::Assignee {
            conversation_id,
            online: presence.is_told_reachable(visitor.workspace_id, agent.id),
        }
    }))
}

/// Presence as an event; `all`: it replaces what the client knows.
pub fn event(all: bool, told: Told) -> Event {
    Event::Presence {
        all,
        agents: told.agents,
        visitors: told.visitors,
        typing: told.typing,
    }
}
