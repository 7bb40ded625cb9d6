//! Absence: conversations whose agent has been unreachable for too long return to the queue.
//!
//! A node records in the database, about twice a minute, which agents can be reached through it. So
//! every node knows how long an agent has been unreachable on all of them, even after a restart.
//! All nodes search for abandoned conversations; the lock of the conversation lets one of them
//! return it.

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_protocol::{Body, Sender, Status, UserId, WorkspaceId};
use deskbell_store::conversations::absence::{self, Abandoned};
use deskbell_store::conversations::{self, messages};

use crate::core::Core;

/// The page size of the search.
const PAGE: i64 = 200;

/// Records that these agents are reachable now.
pub async fn record_reachable(core: &Core, agents: &[(WorkspaceId, UserId)]) -> AppResult<()> {
    if agents.is_empty() {
        return Ok(());
    }
    let mut tx = core.begin().await?;
    absence::set_reachable(&mut tx, agents).await?;
    Ok(tx.commit().await?)
}

/// Returns all abandoned conversations to the queue.
pub async fn return_abandoned(core: &Core) -> AppResult<()> {
    let mut after = None;
    loop {
        let mut reader = core.db.read().await?;
        let page = absence::list_abandoned(&mut reader, clock::now(), after.as_ref(), PAGE).await?;
        drop(reader);
        for abandoned in &page {
            return_to_queue(core, *abandoned).await?;
        }
        after = page.last().copied();
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Returns a conversation to the queue if it is still abandoned once it is locked.
async fn return_to_queue(core: &Core, found: Abandoned) -> AppResult<()> {
    let id = found.conversation_id;
    let mut tx = core.begin().await?;
    let Some(locked) = conversations::lock_all(&mut tx, &[id]).await?.remove(&id) else {
        return Ok(());
    };
    let now = tx.now();
    let still = absence::find_abandoned(&mut tx, now, id).await?;
    let (Some(agent), Some(still)) = (locked.assignee.clone(), still) else {
        return Ok(());
    };
    // An agent who is away, or uses a program without presence, may still be working.
    if locked.status != Status::Active || absence::has_acted(&mut tx, &still).await? {
        return Ok(());
    }
    let body = Body::Returned { name: agent.name };
    let waiting = conversations::set_status(&mut tx, &locked, Status::Waiting, None);
    messages::append(&mut tx, &waiting, &Sender::System, None, &body).await?;
    Ok(tx.commit().await?)
}
