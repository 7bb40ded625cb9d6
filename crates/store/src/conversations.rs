//! Conversations: their heads, their assignee and their status.
//!
//! A write locks the head first, so that a decision stays valid until the commit.
//! [`LockedConversation`] is the evidence of the lock: functions that change a conversation require
//! it.

pub mod absence;
pub mod canned_responses;
pub mod escalation;
pub(crate) mod head;
pub(crate) mod head_updates;
pub mod inboxes;
pub mod messages;
pub mod notes;
pub mod notifications;
pub mod receipts;
pub mod snoozes;

use std::collections::HashMap;
use std::ops::Deref;

use deskbell_protocol::{
    AgentView, Attributes, Body, ClientMessageId, Conversation, ConversationId, Message, Sender,
    Status, UnixMs, VisitorId, WorkspaceId,
};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::conversations::head_updates::UpdateKind;
use crate::db::locks::Lock;
use crate::db::rows::filled;
use crate::simulation::{self, Flaw};
use crate::visitors;
use crate::workspace::members;
use crate::{DomainEvent, Error, Handle, Result, Tx, VisitorScope, WorkspaceScope};
use head::{Row, select_head};

/// The head of a conversation that is locked: nobody else can change it before this transaction
/// ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedConversation {
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) head: Conversation,
    /// When the last message was created, system messages included.
    pub(crate) last_created_at: UnixMs,
    /// When the visitor began to wait. A conversation that was resolved while it was waiting still
    /// has this time, which its head does not show, so that an undo can restore it.
    pub(crate) waiting_since: Option<UnixMs>,
}

impl Deref for LockedConversation {
    type Target = Conversation;

    fn deref(&self) -> &Conversation {
        &self.head
    }
}

impl LockedConversation {
    /// Whether the conversation belongs to this visitor.
    pub fn is_of_visitor(&self, visitor: &VisitorScope) -> bool {
        self.is_of_workspace(visitor.workspace_id) && self.visitor.id == visitor.visitor_id
    }

    /// Whether the conversation belongs to this workspace.
    pub fn is_of_workspace(&self, workspace_id: WorkspaceId) -> bool {
        self.workspace_id == workspace_id
    }

    /// The head, for an event.
    pub fn into_head(self) -> Conversation {
        self.head
    }
}

#[derive(FromRow)]
struct OwnedRow {
    workspace_id: Uuid,
    last_created_at: i64,
    #[sqlx(flatten)]
    head: Row,
}

/// The result of [`start`].
#[derive(Clone, Debug)]
pub struct Started {
    pub conversation: Conversation,
    pub message: Message,
    /// False if it was started before, under the same client id.
    pub created: bool,
}

/// The result of a claim.
#[derive(Clone, Debug)]
pub enum Claim {
    /// The conversation is assigned to the agent now.
    Claimed(LockedConversation),
    /// The conversation was not waiting: its head.
    Lost(Conversation),
}

const INSERT: &str = "INSERT INTO conversations (id, workspace_id, site_id, visitor_id, start_client_id, status, \
    revision, last_seq, preview, preview_by_agent, last_message_at, waiting_since, created_at) \
    VALUES ($1, $2, $3, $4, $5, 'waiting', 0, 0, '', FALSE, $6, $6, $6) \
    ON CONFLICT (visitor_id, start_client_id) DO NOTHING";
const FIND_STARTED: &str =
    "SELECT id FROM conversations WHERE visitor_id = $1 AND start_client_id = $2";
const BY_WORKSPACE: &str = select_head!("WHERE c.workspace_id = $1 AND c.id = $2");
const BY_VISITOR: &str =
    select_head!("WHERE c.workspace_id = $1 AND c.id = $2 AND c.visitor_id = $3");
// `NOT a <> b` is `a = b` without an index lookup: the index of the visitor is the right one, not
// that of the workspace.
const NEWEST_OF_VISITORS: [&str; 2] = [
    "WITH asked (workspace_id, visitor_id) AS (VALUES ",
    concat!(
        "), newest (id) AS (SELECT (SELECT n.id FROM conversations n \
        WHERE n.visitor_id = asked.visitor_id AND NOT n.workspace_id <> asked.workspace_id \
        ORDER BY CASE WHEN n.status = 'closed' THEN 1 ELSE 0 END, n.created_at DESC, n.id DESC LIMIT 1) FROM asked) ",
        select_head!("JOIN newest ON newest.id = c.id")
    ),
];
const NEWEST_COLUMNS: usize = 2;
const OPEN_OF_VISITOR: &str = "SELECT id FROM conversations \
    WHERE visitor_id = $2 AND NOT workspace_id <> $1 AND status <> 'closed' ORDER BY id";
const BY_IDS: [&str; 2] = [select_head!("WHERE c.id IN "), " ORDER BY c.id"];

/// Starts a conversation with its first message. If the visitor has used the client id before,
/// returns the conversation that was started then.
pub async fn start(
    tx: &mut Tx,
    visitor: &VisitorScope,
    client_id: ClientMessageId,
    text: &str,
) -> Result<Started> {
    visitors::store_visitor(tx, visitor).await?;
    let id = ConversationId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(visitor.workspace_id.0).bind(visitor.site_id.0).bind(visitor.visitor_id.0)
        .bind(client_id.0).bind(now)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if rows == 0 {
        let id: Uuid = on!(tx, c => sqlx::query_scalar(FIND_STARTED)
            .bind(visitor.visitor_id.0).bind(client_id.0).fetch_one(c).await)?;
        let conversation = get_for_visitor(tx, visitor, id.into()).await?;
        let message =
            messages::find_by_client_id(tx, visitor.workspace_id, conversation.id, client_id)
                .await?
                .ok_or(Error::NotFound)?;
        return Ok(Started {
            conversation,
            message,
            created: false,
        });
    }
    let locked = LockedConversation {
        workspace_id: visitor.workspace_id,
        head: get_for_visitor(tx, visitor, id).await?,
        last_created_at: now,
        waiting_since: Some(now),
    };
    tx.head_updates.record(&locked, None, UpdateKind::Moved);
    let sender = Sender::Visitor {
        id: visitor.visitor_id,
        name: visitor.name.clone(),
    };
    let body = Body::Text {
        text: text.to_owned(),
    };
    let appended = messages::append_new(tx, &locked, &sender, Some(client_id), &body).await?;
    let conversation = appended.conversation.into_head().for_visitor();
    tx.emit(DomainEvent::ConversationBegun {
        workspace_id: visitor.workspace_id,
        conversation: conversation.clone(),
    });
    Ok(Started {
        conversation,
        message: appended.message,
        created: true,
    })
}

/// Gets a conversation of the workspace.
pub async fn get_for_agent(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> Result<Conversation> {
    get(handle, agent.workspace_id, id).await
}

/// Finds the assignee of a conversation; `None` if there is none, or no such conversation.
pub async fn find_assignee(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    id: ConversationId,
) -> Result<Option<AgentView>> {
    match get(handle, workspace_id, id).await {
        Ok(conversation) => Ok(conversation.assignee),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gets a conversation of the visitor, as visitors may see it.
pub async fn get_for_visitor(
    handle: &mut impl Handle,
    visitor: &VisitorScope,
    id: ConversationId,
) -> Result<Conversation> {
    if simulation::has(Flaw::ReadForeign) {
        return get(handle, visitor.workspace_id, id).await;
    }
    let row: Row = on!(handle, c => sqlx::query_as(BY_VISITOR)
        .bind(visitor.workspace_id.0).bind(id.0).bind(visitor.visitor_id.0).fetch_one(c).await)?;
    Ok(as_changed(handle, row).for_visitor())
}

/// Finds each visitor's newest conversation that is not closed, as visitors may see it; if all are, the
/// newest of them.
pub async fn newest_for_visitors(
    handle: &mut impl Handle,
    asked: &[(WorkspaceId, VisitorId)],
) -> Result<HashMap<(WorkspaceId, VisitorId), Conversation>> {
    let mut newest = HashMap::with_capacity(asked.len());
    for run in filled(asked) {
        let [begin, end] = NEWEST_OF_VISITORS;
        let sql = begin.to_owned() + &handle.placeholders().rows(run.len(), NEWEST_COLUMNS) + end;
        let rows: Vec<OwnedRow> = on!(handle, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for (workspace_id, visitor_id) in run {
                query = query.bind(workspace_id.0).bind(visitor_id.0);
            }
            query.fetch_all(c).await
        })?;
        newest.extend(rows.into_iter().map(|row| {
            let conversation = Conversation::from(row.head).for_visitor();
            (
                (row.workspace_id.into(), conversation.visitor.id),
                conversation,
            )
        }));
    }
    Ok(newest)
}

/// Locks a conversation of the workspace.
pub async fn lock_for_agent(
    tx: &mut Tx,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> Result<LockedConversation> {
    let locked = lock_all(tx, &[id]).await?.remove(&id);
    locked
        .filter(|locked| locked.is_of_workspace(agent.workspace_id))
        .ok_or(Error::NotFound)
}

/// Locks a conversation of the visitor.
pub async fn lock_for_visitor(
    tx: &mut Tx,
    visitor: &VisitorScope,
    id: ConversationId,
) -> Result<LockedConversation> {
    let locked = lock_all(tx, &[id]).await?.remove(&id);
    locked
        .filter(|locked| locked.is_of_visitor(visitor))
        .ok_or(Error::NotFound)
}

/// Locks many conversations at once, in the order of their ids, so that no two transactions wait
/// for each other. Conversations that do not exist are missing in the result;
/// [`LockedConversation::is_of_visitor`] and [`LockedConversation::is_of_workspace`] check whose
/// they are.
pub async fn lock_all(tx: &mut Tx, ids: &[ConversationId]) -> Result<messages::Heads> {
    tx.locks
        .take_all(Lock::Conversation, ids.iter().map(|id| id.0));
    let mut heads = tx.take_cached_heads(ids).await?;
    let is_unknown = |id: &&ConversationId| !heads.contains_key(*id);
    let unknown: Vec<_> = ids.iter().filter(is_unknown).copied().collect();
    let rows = lock_rows(tx, &unknown).await?;
    heads.extend(rows.into_iter().map(|row| {
        let changed = tx.changed_head(row.head.id.into()).cloned();
        let locked = changed.unwrap_or_else(|| LockedConversation {
            workspace_id: row.workspace_id.into(),
            last_created_at: row.last_created_at.max(row.head.last_message_at),
            waiting_since: row.head.waiting_since,
            head: row.head.into(),
        });
        (locked.id, locked)
    }));
    Ok(heads)
}

async fn lock_rows(tx: &mut Tx, ids: &[ConversationId]) -> Result<Vec<OwnedRow>> {
    let mut locked = Vec::with_capacity(ids.len());
    for run in filled(ids) {
        let [begin, end] = BY_IDS;
        let sql = begin.to_owned() + &tx.placeholders().rows(1, run.len()) + end + tx.for_update();
        let rows: Vec<OwnedRow> = on!(tx, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for id in run {
                query = query.bind(id.0);
            }
            query.fetch_all(c).await
        })?;
        locked.extend(rows);
    }
    Ok(locked)
}

/// Publishes the current state of these conversations again, for sessions that may have missed an
/// event. Waits for transactions that are changing one of them.
pub async fn republish_heads(tx: &mut Tx, ids: &[ConversationId]) -> Result<()> {
    tx.republish();
    for row in lock_rows(tx, ids).await? {
        let (workspace_id, position) = (row.workspace_id.into(), row.head.position);
        let conversation = Conversation::from(row.head);
        let (last, _) = messages::page_before(tx, workspace_id, conversation.id, None, 1).await?;
        for message in last {
            tx.emit(DomainEvent::MessageCreated {
                workspace_id,
                message,
            });
        }
        if let Some(note) = notes::find_last(tx, workspace_id, conversation.id).await? {
            tx.emit(DomainEvent::NoteCreated { workspace_id, note });
        }
        let queue = inboxes::get(tx, workspace_id).await?.queue;
        let receipts = receipts::get(tx, workspace_id, conversation.id).await?;
        tx.emit(DomainEvent::ReceiptsMoved {
            workspace_id,
            conversation_id: conversation.id,
            receipts,
        });
        receipts::emit_markers(tx, workspace_id, conversation.id).await?;
        tx.emit(DomainEvent::ConversationChanged {
            workspace_id,
            position,
            queue,
            conversation,
        });
    }
    Ok(())
}

/// Publishes a visitor's open conversations again after the visitor's name or verification has
/// changed.
pub async fn republish_visitor(tx: &mut Tx, visitor: &VisitorScope) -> Result<()> {
    let ids: Vec<Uuid> = on!(tx, c => sqlx::query_scalar(OPEN_OF_VISITOR)
        .bind(visitor.workspace_id.0).bind(visitor.visitor_id.0).fetch_all(c).await)?;
    let ids: Vec<_> = ids.into_iter().map(ConversationId::from).collect();
    for mut locked in lock_all(tx, &ids).await?.into_values() {
        locked.head.revision += 1;
        tx.head_updates
            .record(&locked, Some(locked.status), UpdateKind::Set);
    }
    Ok(())
}

/// Assigns a waiting conversation to the agent; of two agents who try, one succeeds. `NotFound` if
/// the agent has just been removed from the workspace.
pub async fn claim(tx: &mut Tx, agent: &WorkspaceScope, id: ConversationId) -> Result<Claim> {
    members::lock_shared_membership(tx, agent.workspace_id, agent.user.id).await?;
    let locked = lock_for_agent(tx, agent, id).await?;
    if locked.status != Status::Waiting {
        return Ok(Claim::Lost(locked.into_head()));
    }
    let assignee = Some(agent.user.clone());
    Ok(Claim::Claimed(set_status(
        tx,
        &locked,
        Status::Active,
        assignee,
    )))
}

/// Sets the status and the assignee of a conversation. One that becomes waiting waits from now.
pub fn set_status(
    tx: &mut Tx,
    conversation: &LockedConversation,
    status: Status,
    assignee: Option<AgentView>,
) -> LockedConversation {
    let waiting_since = match status {
        Status::Waiting => Some(tx.now()),
        Status::Resolved => conversation.waiting_since,
        _ => None,
    };
    change(tx, conversation, status, assignee, waiting_since)
}

/// Makes a conversation waiting again, at its old place in the queue, after it was resolved while it
/// was waiting. If the time from which it waited is not known, it waits from now.
pub fn restore_waiting(tx: &mut Tx, conversation: &LockedConversation) -> LockedConversation {
    let waiting_since = conversation.waiting_since.or(Some(tx.now()));
    change(tx, conversation, Status::Waiting, None, waiting_since)
}

fn change(
    tx: &mut Tx,
    conversation: &LockedConversation,
    status: Status,
    assignee: Option<AgentView>,
    waiting_since: Option<UnixMs>,
) -> LockedConversation {
    let mut changed = conversation.clone();
    // One that begins to wait again counts as what its priority says.
    let waits_on = conversation.waiting_since == waiting_since;
    changed.waiting_since = waiting_since;
    let head = &mut changed.head;
    head.attributes.escalated &= waits_on;
    head.attributes.snooze = None;
    head.waiting_since = waiting_since.filter(|_| status == Status::Waiting);
    head.status = status;
    head.assignee = assignee;
    head.revision += 1;
    tx.head_updates
        .record(&changed, Some(conversation.status), UpdateKind::Set);
    changed
}

/// Sets attributes of a conversation; its status and its assignee stay.
pub fn set_attributes(
    tx: &mut Tx,
    conversation: &LockedConversation,
    attributes: Attributes,
) -> LockedConversation {
    let mut changed = conversation.clone();
    changed.head.attributes = attributes;
    changed.head.revision += 1;
    tx.head_updates
        .record(&changed, Some(conversation.status), UpdateKind::Set);
    changed
}

async fn get(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    id: ConversationId,
) -> Result<Conversation> {
    let row: Row = on!(handle, c => sqlx::query_as(BY_WORKSPACE).bind(workspace_id.0).bind(id.0).fetch_one(c).await)?;
    Ok(as_changed(handle, row))
}

/// The head of a row, as this transaction has changed it.
fn as_changed(handle: &impl Handle, row: Row) -> Conversation {
    match handle.changed_head(row.id.into()) {
        Some(changed) => changed.head.clone(),
        None => row.into(),
    }
}
