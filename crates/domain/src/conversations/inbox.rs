//! The inbox: the conversations of a workspace as agents see them, as a snapshot, changes and pages.

use std::collections::HashSet;

use deskbell_base::error::{AppError, AppResult};
use deskbell_base::list_cursor;
use deskbell_protocol::api::conversations::{Conversations, ListConversations};
use deskbell_protocol::{Event, Position, Queue, SeenMarker, Status, limits};
use deskbell_store::conversations::inboxes::{self, Changed, ListCursor};
use deskbell_store::conversations::receipts;
use deskbell_store::{Reader, WorkspaceScope};

use crate::core::Core;

/// Changes in order, and the state of the inbox after the last one.
pub struct Changes {
    pub changes: Vec<Changed>,
    pub position: Position,
    pub queue: Queue,
    /// Whether there are more changes before `position`.
    pub more: bool,
}

/// The changes after `after`, or a snapshot if one is requested or too much has changed; and the
/// position that the agent has reached then.
pub async fn follow(
    core: &Core,
    agent: &WorkspaceScope,
    after: Option<Position>,
) -> AppResult<(Event, Position)> {
    let mut reader = core.db.read().await?;
    if let Some(after) = after {
        let found = changes(&mut reader, agent, after).await?;
        // A client with a position that does not exist has the inbox from before a backup was
        // restored.
        if (0..=found.position).contains(&after) && !found.more {
            let event = Event::InboxChanges {
                conversations: found
                    .changes
                    .into_iter()
                    .map(|it| it.conversation)
                    .collect(),
                position: found.position,
                queue: found.queue,
            };
            return Ok((event, found.position));
        }
    }
    let inbox = inboxes::get_inbox(&mut reader, agent).await?;
    let first = ListCursor::first(inbox.position);
    let (mut conversations, next) =
        inboxes::list_conversations(&mut reader, agent, None, first, limits::INBOX_ROWS).await?;
    // The agent's own conversations are always included, however many are waiting before them.
    if next.is_some_and(|next| next.section.is_before_closed()) {
        let own = inboxes::list_own(&mut reader, agent, limits::INBOX_ROWS).await?;
        let listed: HashSet<_> = conversations.iter().map(|listed| listed.id).collect();
        let further = own.into_iter().filter(|own| !listed.contains(&own.id));
        conversations.extend(further);
    }
    let event = Event::Inbox {
        conversations,
        position: inbox.position,
        queue: inbox.queue,
        next_cursor: next.map(|next| list_cursor::write(agent.workspace_id, None, next)),
    };
    Ok((event, inbox.position))
}

/// The read markers of an agent in the conversations of a snapshot.
pub async fn markers(core: &Core, agent: &WorkspaceScope) -> AppResult<Vec<SeenMarker>> {
    let mut reader = core.db.read().await?;
    Ok(receipts::list_markers(&mut reader, agent, limits::INBOX_ROWS).await?)
}

/// The changes after `after`, at most [`limits::INBOX_ROWS`] conversations.
pub async fn changes_after(
    core: &Core,
    agent: &WorkspaceScope,
    after: Position,
) -> AppResult<Changes> {
    changes(&mut core.db.read().await?, agent, after).await
}

/// Reads the position before the rows: a change in between has a higher position, and arrives by
/// its own event.
async fn changes(
    reader: &mut Reader,
    agent: &WorkspaceScope,
    after: Position,
) -> AppResult<Changes> {
    let inbox = inboxes::get_inbox(reader, agent).await?;
    let (changes, more) =
        inboxes::list_changes(reader, agent, after, inbox.position, limits::INBOX_ROWS).await?;
    Ok(Changes {
        changes,
        position: inbox.position,
        queue: inbox.queue,
        more,
    })
}

/// A page of the list.
pub async fn list(
    core: &Core,
    agent: &WorkspaceScope,
    query: ListConversations,
) -> AppResult<Conversations> {
    let status = query.status.as_deref().map(read_status).transpose()?;
    let limit = query.limit.unwrap_or(limits::LIST_ROWS);
    if !(1..=limits::LIST_ROWS).contains(&limit) {
        let advice = format!("The limit must be 1 to {}.", limits::LIST_ROWS);
        return Err(AppError::invalid("limit", advice));
    }
    let from = match &query.cursor {
        Some(text) => Some(list_cursor::read(agent.workspace_id, status, text)?),
        None => None,
    };
    let mut reader = core.db.read().await?;
    let from = match from {
        Some(from) => from,
        None => ListCursor::first(inboxes::get_inbox(&mut reader, agent).await?.position),
    };
    let (conversations, next) =
        inboxes::list_conversations(&mut reader, agent, status, from, limit).await?;
    let ids: Vec<_> = conversations.iter().map(|listed| listed.id).collect();
    Ok(Conversations {
        seen: receipts::list_markers_in(&mut reader, agent, &ids).await?,
        conversations,
        next_cursor: next.map(|next| list_cursor::write(agent.workspace_id, status, next)),
    })
}

fn read_status(word: &str) -> AppResult<Status> {
    match Status::from_word(word) {
        Status::Other(_) => Err(AppError::invalid(
            "status",
            "The status must be waiting, active, resolved or closed.",
        )),
        status => Ok(status),
    }
}
