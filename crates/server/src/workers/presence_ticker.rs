//! The presence ticker: once a second it publishes changes of presence, and saves when visitors
//! were last online.

use std::time::Duration;

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_domain::core::Core;
use deskbell_hub::presence::PresenceDelta;
use deskbell_hub::{Delivery, Hub, Topic};
use deskbell_protocol::{Event, UnixMs, UserId, VisitorId, WorkspaceId};
use deskbell_store::visitors;
use deskbell_store::workspace::members;
use tokio::time::{Instant, MissedTickBehavior};

use crate::publish::encode;
use crate::realtime::presence::event;

/// Changes within this time are published together.
const TICK: Duration = Duration::from_secs(1);
/// Visitors that are saved in one transaction.
const BATCH: usize = 1_024;

/// The worker; ends when it is aborted.
pub async fn run(core: Core, hub: Hub) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = Instant::now().into_std();
        let tick = hub.tick_presence(now, clock::now());
        hub.publish_presence();
        for (workspace_id, delta) in tick.deltas {
            publish(&core, &hub, workspace_id, delta).await;
        }
        for batch in tick.seen.chunks(BATCH) {
            // A failure only makes the saved times a minute older.
            if let Err(error) = save_last_seen(&core, batch).await {
                error.log();
            }
        }
    }
}

async fn publish(core: &Core, hub: &Hub, workspace_id: WorkspaceId, mut delta: PresenceDelta) {
    if let Some(online) = delta.team_online.take() {
        let topic = Topic::Visitors(workspace_id);
        publish_here(hub, workspace_id, topic, Event::Team { online });
    }
    for (user_id, online) in std::mem::take(&mut delta.reachability) {
        if let Err(error) = publish_to_visitors_of(core, hub, workspace_id, user_id, online).await {
            error.log();
        }
    }
    if delta != PresenceDelta::default() {
        publish_here(
            hub,
            workspace_id,
            Topic::Inbox(workspace_id),
            event(false, delta),
        );
    }
}

/// Publishes whether an agent can be reached, to the visitors on this node to whom the agent is assigned.
async fn publish_to_visitors_of(
    core: &Core,
    hub: &Hub,
    workspace_id: WorkspaceId,
    user_id: UserId,
    online: bool,
) -> AppResult<()> {
    if !hub.reaches(Topic::Visitors(workspace_id)) {
        return Ok(());
    }
    let mut reader = core.db.read().await?;
    let assigned = members::list_assigned_in(&mut reader, workspace_id, user_id).await?;
    for conversation_id in assigned {
        let topic = Topic::Conversation(conversation_id);
        if hub.reaches(topic) {
            let event = Event::Assignee {
                conversation_id,
                online,
            };
            publish_here(hub, workspace_id, topic, event);
        }
    }
    Ok(())
}

/// Publishes an event to the followers of a topic on this node.
fn publish_here(hub: &Hub, workspace_id: WorkspaceId, topic: Topic, event: Event) {
    let frame = encode(event).into();
    let delivery = Delivery::Event {
        progress: None,
        frame,
    };
    hub.publish_locally(workspace_id, &[topic], delivery);
}

async fn save_last_seen(core: &Core, seen: &[(WorkspaceId, VisitorId, UnixMs)]) -> AppResult<()> {
    let mut tx = core.begin().await?;
    visitors::touch_visitors(&mut tx, seen).await?;
    Ok(tx.commit().await?)
}
