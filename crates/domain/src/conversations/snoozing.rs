//! Snoozing: an active conversation needs nobody before a time or a reply of the visitor.
//!
//! A reply ends the snooze in the transaction of the message. All nodes search for snoozes whose time has come;
//! the lock of the conversation lets one of them end it.

use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::{
    Attributes, Conversation, ConversationId, ErrorCode, NotificationKind, Snooze, Status, limits,
};
use deskbell_store::conversations::notifications::{self, NewNotification};
use deskbell_store::conversations::snoozes::{self, Ended};
use deskbell_store::workspace::members;
use deskbell_store::{Error, WorkspaceScope, conversations};

use crate::core::Core;

/// The page size of the search.
const PAGE: i64 = 200;

/// Snoozes an active conversation, or ends its snooze.
pub async fn snooze(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
    snooze: Option<Snooze>,
) -> AppResult<Conversation> {
    let mut tx = core.begin().await?;
    let before = conversations::lock_for_agent(&mut tx, agent, id).await?;
    if let Some(until) = snooze.and_then(|snooze| snooze.until) {
        if until <= tx.now() {
            let advice = "This time has passed. Choose a later one.";
            return Err(AppError::invalid("until", advice));
        }
        if until > tx.now() + limits::SNOOZE_MS {
            let advice = "Choose a time within the next year.";
            return Err(AppError::invalid("until", advice));
        }
    }
    match before.status {
        Status::Closed => return Err(AppError::closed()),
        _ if before.attributes.snooze == snooze => return Ok(before.into_head()),
        Status::Active => {}
        _ => {
            return Err(AppError::new(
                ErrorCode::Conflict,
                "Only an active conversation can be snoozed. Claim or reopen it first.",
            ));
        }
    }
    let attributes = Attributes {
        snooze,
        ..before.attributes.clone()
    };
    let changed = conversations::set_attributes(&mut tx, &before, attributes);
    tx.commit().await?;
    Ok(changed.into_head())
}

/// Ends all snoozes whose time has come.
pub async fn end_due(core: &Core) -> AppResult<()> {
    let mut after: Option<Ended> = None;
    loop {
        let mut reader = core.db.read().await?;
        let page = snoozes::list_ended(&mut reader, clock::now(), after.as_ref(), PAGE).await?;
        drop(reader);
        for ended in &page {
            end(core, *ended).await?;
        }
        after = page.last().copied();
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Ends a snooze if it is still the same, and notifies the assignee.
async fn end(core: &Core, ended: Ended) -> AppResult<()> {
    let id = ended.conversation_id;
    let mut tx = core.begin().await?;
    // The membership is locked before the conversation, so it is read first.
    let assignee = conversations::find_assignee(&mut tx, ended.workspace_id, id).await?;
    let member = match &assignee {
        Some(agent) => {
            match members::lock_shared_membership(&mut tx, ended.workspace_id, agent.id).await {
                Ok(()) => Some(agent),
                Err(Error::NotFound) => None,
                Err(error) => return Err(error.into()),
            }
        }
        None => None,
    };
    let Some(locked) = conversations::lock_all(&mut tx, &[id]).await?.remove(&id) else {
        return Ok(());
    };
    let until = locked.attributes.snooze.and_then(|snooze| snooze.until);
    if until != Some(ended.until) {
        return Ok(());
    }
    let attributes = Attributes {
        snooze: None,
        ..locked.attributes.clone()
    };
    let woken = conversations::set_attributes(&mut tx, &locked, attributes);
    if let Some(agent) = member.filter(|agent| locked.assignee.as_ref() == Some(agent)) {
        let news = NewNotification {
            kind: NotificationKind::Snooze,
            conversation_id: id,
            by: agent.clone(),
            text: woken.preview.clone(),
        };
        notifications::notify(&mut tx, ended.workspace_id, &[agent.id], &news).await?;
    }
    Ok(tx.commit().await?)
}
