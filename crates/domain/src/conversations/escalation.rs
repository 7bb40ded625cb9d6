//! Escalation: a conversation that waits for longer than the workspace's limit counts one step higher
//! in the queue, so that a low priority never means that nobody answers.
//!
//! All nodes search for such conversations; the lock of the conversation lets one of them escalate it.

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_protocol::{Attributes, Status};
use deskbell_store::conversations;
use deskbell_store::conversations::escalation::{self, Due};

use crate::core::Core;

/// The page size of the search.
const PAGE: i64 = 200;

/// Escalates all conversations that are due.
pub async fn escalate_due(core: &Core) -> AppResult<()> {
    let mut after: Option<Due> = None;
    loop {
        let mut reader = core.db.read().await?;
        let page = escalation::list_due(&mut reader, clock::now(), after.as_ref(), PAGE).await?;
        drop(reader);
        for due in &page {
            escalate(core, *due).await?;
        }
        after = page.last().copied();
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Escalates a conversation if it has waited since then without a break.
async fn escalate(core: &Core, due: Due) -> AppResult<()> {
    let id = due.conversation_id;
    let mut tx = core.begin().await?;
    let Some(locked) = conversations::lock_all(&mut tx, &[id]).await?.remove(&id) else {
        return Ok(());
    };
    let still_waits =
        locked.status == Status::Waiting && locked.waiting_since == Some(due.waiting_since);
    if !still_waits || locked.attributes.escalated {
        return Ok(());
    }
    let attributes = Attributes {
        escalated: true,
        ..locked.attributes.clone()
    };
    conversations::set_attributes(&mut tx, &locked, attributes);
    Ok(tx.commit().await?)
}
