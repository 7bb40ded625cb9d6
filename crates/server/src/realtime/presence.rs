//! Presence queries of a session: the agents and visitors who are online, and whether an agent can be reached.

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_domain::visitors;
use deskbell_hub::presence::{PresenceDelta, Who};
use deskbell_protocol::{ConversationId, Event, Status, VisitorPresence, WorkspaceId};
use deskbell_store::{VisitorScope, WorkspaceScope, conversations};

use crate::realtime::state::Realtime;

/// The presence of all people of a workspace, for a client that starts to follow it.
pub fn everybody(realtime: &Realtime, workspace_id: WorkspaceId) -> Event {
    let delta = realtime.hub.presence_snapshot(workspace_id, clock::now());
    event(true, delta)
}

/// Whether the visitor of a conversation is online, and when they were last.
pub async fn of_visitor(
    realtime: &Realtime,
    agent: &WorkspaceScope,
    conversation_id: ConversationId,
) -> AppResult<Event> {
    let (visitor_id, noted_at) =
        visitors::last_seen(&realtime.core, agent, conversation_id).await?;
    let who = Who::Visitor(visitor_id);
    let online = realtime.hub.is_present(agent.workspace_id, who);
    let last_seen_at = if online { clock::now() } else { noted_at };
    let visitors = vec![VisitorPresence {
        visitor_id,
        online,
        last_seen_at,
    }];
    Ok(event(
        false,
        PresenceDelta {
            visitors,
            ..PresenceDelta::default()
        },
    ))
}

/// For the visitor of a conversation: whether its agent can be reached; `None` without an agent.
pub async fn of_assignee(
    realtime: &Realtime,
    visitor: &VisitorScope,
    conversation_id: ConversationId,
) -> AppResult<Option<Event>> {
    let mut reader = realtime.core.db.read().await?;
    let head = conversations::get_for_visitor(&mut reader, visitor, conversation_id).await?;
    let is_active = head.status == Status::Active;
    Ok(head.assignee.filter(|_| is_active).map(|agent| {
        let online = realtime
            .hub
            .is_announced_reachable(visitor.workspace_id, agent.id);
        Event::Assignee {
            conversation_id,
            online,
        }
    }))
}

/// A presence event; `all`: it replaces the client's state.
pub fn event(all: bool, delta: PresenceDelta) -> Event {
    Event::Presence {
        all,
        agents: delta.agents,
        visitors: delta.visitors,
        typing: delta.typing,
    }
}
