//! Who is there: what the hub knows is told once a second, and visitors are noted down as seen.

use std::time::Duration;

use deskbell_hub::Topic;
use deskbell_hub::presence::{Told, Who};
use deskbell_protocol::{
    ConversationId, Event, Status, UnixMs, UserId, VisitorId, VisitorPresence, WorkspaceId,
};
use deskbell_store::{VisitorScope, WorkspaceScope, conversations, members, visitors, workspaces};
use tokio::time::{Instant, MissedTickBehavior};

use crate::app::App;
use crate::clock;
use crate::error::AppResult;

/// What happens within this time is told together.
const TICK: Duration = Duration::from_secs(1);
/// At most so many visitors are noted down in one transaction.
const BATCH: usize = 1_024;

/// Tells and notes down; ends when it is aborted.
pub async fn keep(app: App) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = Instant::now().into_std();
        let tick = app.hub.presence().tick(now, clock::now());
        app.hub.tell_presence();
        for (workspace_id, told) in tick.told {
            tell(&app, workspace_id, told).await;
        }
        for batch in tick.seen.chunks(BATCH) {
            // Nobody misses a minute of this.
            if let Err(error) = note_down(&app, batch).await {
                error.log();
            }
        }
    }
}

/// Everybody who is there, as an agent's list begins.
pub fn everybody(app: &App, workspace_id: WorkspaceId) -> Event {
    let told = app.hub.presence().everybody(workspace_id, clock::now());
    event(true, told)
}

/// Whether the visitor of this conversation is there, and since when not.
pub async fn of_visitor(
    app: &App,
    agent: &WorkspaceScope,
    conversation_id: ConversationId,
) -> AppResult<Event> {
    let mut reader = app.store.read().await?;
    let (visitor_id, noted_at) = visitors::last_seen(&mut reader, agent, conversation_id).await?;
    let who = Who::Visitor(visitor_id);
    let online = app.hub.presence().is_here(agent.workspace_id, who);
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

/// An agent chooses to be away, or to be here; that holds until they choose again.
pub async fn choose(app: &App, agent: &WorkspaceScope, away: bool) -> AppResult<()> {
    let mut tx = app.begin().await?;
    workspaces::set_away(&mut tx, agent, away).await?;
    tx.commit().await?;
    let mut presence = app.hub.presence();
    presence.choose(agent.workspace_id, agent.user.id, away);
    Ok(())
}

async fn tell(app: &App, workspace_id: WorkspaceId, mut told: Told) {
    if let Some(online) = told.team_online.take() {
        let topic = Topic::Visitors(workspace_id);
        app.tell_here(workspace_id, topic, Event::Team { online });
    }
    for (user_id, online) in std::mem::take(&mut told.reachability) {
        if let Err(error) = tell_visitors_of(app, workspace_id, user_id, online).await {
            error.log();
        }
    }
    if told != Told::default() {
        app.tell_here(workspace_id, Topic::Inbox(workspace_id), event(false, told));
    }
}

/// Tells the visitors on this node to whom this agent is assigned whether the agent can be reached.
async fn tell_visitors_of(
    app: &App,
    workspace_id: WorkspaceId,
    user_id: UserId,
    online: bool,
) -> AppResult<()> {
    if !app.hub.reaches(Topic::Visitors(workspace_id)) {
        return Ok(());
    }
    let mut reader = app.store.read().await?;
    let assigned = members::list_assigned_in(&mut reader, workspace_id, user_id).await?;
    for conversation_id in assigned {
        let topic = Topic::Conversation(conversation_id);
        if app.hub.reaches(topic) {
            let event = Event::Assignee {
                conversation_id,
                online,
            };
            app.tell_here(workspace_id, topic, event);
        }
    }
    Ok(())
}

/// For the visitor of this conversation: whether its agent can be reached; `None` without an agent.
pub async fn of_assignee(
    app: &App,
    visitor: &VisitorScope,
    conversation_id: ConversationId,
) -> AppResult<Option<Event>> {
    let mut reader = app.store.read().await?;
    let head = conversations::get_for_visitor(&mut reader, visitor, conversation_id).await?;
    let is_active = head.status == Status::Active;
    Ok(head.assignee.filter(|_| is_active).map(|agent| {
        let presence = app.hub.presence();
        Event::Assignee {
            conversation_id,
            online: presence.is_reachable(visitor.workspace_id, agent.id),
        }
    }))
}

fn event(all: bool, told: Told) -> Event {
    Event::Presence {
        all,
        agents: told.agents,
        visitors: told.visitors,
        typing: told.typing,
    }
}

async fn note_down(app: &App, seen: &[(WorkspaceId, VisitorId, UnixMs)]) -> AppResult<()> {
    let mut tx = app.begin().await?;
    visitors::touch_visitors(&mut tx, seen).await?;
    Ok(tx.commit().await?)
}
