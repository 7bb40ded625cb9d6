//! Conversations: their heads, who has them, where they stand.
//!
//! A write first locks the head, so that what is decided from it stays true until the commit:
//! [`Locked`] is the proof, and what changes a conversation asks for it.

mod head;

use std::ops::Deref;

use deskbell_protocol::{
    Body, ClientId, Conversation, ConversationId, Message, Sender, Status, UserId, WorkspaceId,
};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::messages;
use crate::rows::runs;
use crate::{Error, Handle, News, Result, Tx, VisitorScope, WorkspaceScope};
use head::{Row, select_head};

/// A head that nobody else can change before this transaction ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) head: Conversation,
}

impl Deref for Locked {
    type Target = Conversation;

    fn deref(&self) -> &Conversation {
        &self.head
    }
}

impl Locked {
    /// Whether it is this visitor's.
    pub fn is_of_visitor(&self, visitor: &VisitorScope) -> bool {
        self.is_of_workspace(visitor.workspace_id) && self.visitor.id == visitor.visitor_id
    }

    /// Whether it is this workspace's.
    pub fn is_of_workspace(&self, workspace_id: WorkspaceId) -> bool {
        self.workspace_id == workspace_id
    }

    /// The head, for telling.
    pub fn into_head(self) -> Conversation {
        self.head
    }
}

#[derive(FromRow)]
struct LockedRow {
    workspace_id: Uuid,
    #[sqlx(flatten)]
    head: Row,
}

/// A conversation that has begun.
#[derive(Clone, Debug)]
pub struct Started {
    pub conversation: Conversation,
    pub message: Message,
    /// False when it had begun before, under the same client id.
    pub created: bool,
}

/// How a claim ended.
#[derive(Clone, Debug)]
pub enum Claim {
    /// It is the agent's now.
    Claimed(Locked),
    /// It was not waiting: as it is.
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
const NEWEST_OF_VISITOR: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.visitor_id = $2 AND c.status <> 'closed' ORDER BY c.created_at DESC, c.id DESC LIMIT 1"
);
const WAITING: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.status = 'waiting' ORDER BY c.waiting_since, c.id LIMIT $2"
);
const OPEN: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.status IN ('active', 'resolved') ORDER BY c.last_message_at DESC, c.id DESC LIMIT $2"
);
const CLOSED: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.status = 'closed' ORDER BY c.last_message_at DESC, c.id DESC LIMIT $2"
);
const BY_IDS: [&str; 2] = [select_head!("WHERE c.id IN "), " ORDER BY c.id"];
/// Changes nothing, but the row is locked from here on.
const LOCK: &str =
    "UPDATE conversations SET revision = revision WHERE workspace_id = $1 AND id = $2";
const CLAIM: &str = "UPDATE conversations SET status = 'active', assignee_id = $3, waiting_since = NULL, \
    revision = revision + 1 WHERE workspace_id = $1 AND id = $2 AND status = 'waiting'";
const SET_STATUS: &str = "UPDATE conversations SET status = $3, assignee_id = $4, waiting_since = $5, \
    revision = revision + 1 WHERE workspace_id = $1 AND id = $2";

/// Begins a conversation with its first message. With a client id that the visitor has used
/// before: the conversation that began then.
pub async fn start(
    tx: &mut Tx,
    visitor: &VisitorScope,
    client_id: ClientId,
    text: &str,
) -> Result<Started> {
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
    let locked = lock_for_visitor(tx, visitor, id).await?;
    let sender = Sender::Visitor {
        id: visitor.visitor_id,
        name: visitor.name.clone(),
    };
    let body = Body::Text {
        text: text.to_owned(),
    };
    let appended = messages::append(tx, &locked, &sender, Some(client_id), &body).await?;
    Ok(Started {
        conversation: appended.conversation.into_head(),
        message: appended.message,
        created: true,
    })
}

/// A conversation of the workspace.
pub async fn get_for_agent(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> Result<Conversation> {
    get(handle, agent.workspace_id, id).await
}

/// A conversation of the visitor's.
pub async fn get_for_visitor(
    handle: &mut impl Handle,
    visitor: &VisitorScope,
    id: ConversationId,
) -> Result<Conversation> {
    let row: Row = on!(handle, c => sqlx::query_as(BY_VISITOR)
        .bind(visitor.workspace_id.0).bind(id.0).bind(visitor.visitor_id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// The visitor's newest conversation that is not closed.
pub async fn newest_open_for_visitor(
    handle: &mut impl Handle,
    visitor: &VisitorScope,
) -> Result<Option<Conversation>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(NEWEST_OF_VISITOR)
        .bind(visitor.workspace_id.0).bind(visitor.visitor_id.0).fetch_optional(c).await)?;
    Ok(row.map(Conversation::from))
}

/// The workspace's conversations: the waiting ones (the longest wait first), then the active and
/// resolved ones, then the closed ones (the newest message first); at most `limit`.
pub async fn list_inbox(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    limit: usize,
) -> Result<Vec<Conversation>> {
    let mut found: Vec<Conversation> = Vec::new();
    for sql in [WAITING, OPEN, CLOSED] {
        let room = i64::try_from(limit.saturating_sub(found.len())).unwrap_or(i64::MAX);
        let rows: Vec<Row> = on!(handle, c => sqlx::query_as(sql).bind(agent.workspace_id.0).bind(room).fetch_all(c).await)?;
        found.extend(rows.into_iter().map(Conversation::from));
    }
    Ok(found)
}

/// Locks a conversation of the workspace.
pub async fn lock_for_agent(
    tx: &mut Tx,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> Result<Locked> {
    lock(tx, agent.workspace_id, id).await?;
    Ok(Locked {
        workspace_id: agent.workspace_id,
        head: get_for_agent(tx, agent, id).await?,
    })
}

/// Locks a conversation of the visitor's.
pub async fn lock_for_visitor(
    tx: &mut Tx,
    visitor: &VisitorScope,
    id: ConversationId,
) -> Result<Locked> {
    get_for_visitor(tx, visitor, id).await?;
    lock(tx, visitor.workspace_id, id).await?;
    Ok(Locked {
        workspace_id: visitor.workspace_id,
        head: get_for_visitor(tx, visitor, id).await?,
    })
}

/// Locks many conversations at once, in an order that no two transactions can wait for each other
/// in. What is not found is not there; whose each is, [`Locked::is_of_visitor`] and
/// [`Locked::is_of_workspace`] tell.
pub async fn lock_all(tx: &mut Tx, ids: &[ConversationId]) -> Result<messages::Heads> {
    let mut heads = messages::Heads::with_capacity(ids.len());
    for run in runs(ids) {
        let [begin, end] = BY_IDS;
        let sql = begin.to_owned() + &tx.placeholders().rows(1, run.len()) + end + tx.row_lock();
        let rows: Vec<LockedRow> = on!(tx, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for id in run {
                query = query.bind(id.0);
            }
            query.fetch_all(c).await
        })?;
        heads.extend(rows.into_iter().map(|row| {
            let locked = Locked {
                workspace_id: row.workspace_id.into(),
                head: row.head.into(),
            };
            (locked.id, locked)
        }));
    }
    Ok(heads)
}

/// Tells how these conversations are now, for those who may have missed how they came to be so.
/// Waits for whoever is changing one of them.
pub async fn tell_again(tx: &mut Tx, ids: &[ConversationId]) -> Result<()> {
    for locked in lock_all(tx, ids).await?.into_values() {
        let (workspace_id, head) = (locked.workspace_id, locked.head);
        let (last, _) = messages::page_before(tx, workspace_id, head.id, None, 1).await?;
        for message in last {
            tx.emit(News::MessageCreated {
                workspace_id,
                message,
            });
        }
        tx.emit(News::ConversationChanged {
            workspace_id,
            conversation: head,
        });
    }
    Ok(())
}

/// Takes a waiting conversation for the agent; of two who try, one.
pub async fn claim(tx: &mut Tx, agent: &WorkspaceScope, id: ConversationId) -> Result<Claim> {
    let rows = on!(tx, c => sqlx::query(CLAIM)
        .bind(agent.workspace_id.0).bind(id.0).bind(agent.user.id.0)
        .execute(c).await.map(|done| done.rows_affected()))?;
    let head = get_for_agent(tx, agent, id).await?;
    if rows == 0 {
        return Ok(Claim::Lost(head));
    }
    tx.emit(News::ConversationChanged {
        workspace_id: agent.workspace_id,
        conversation: head.clone(),
    });
    Ok(Claim::Claimed(Locked {
        workspace_id: agent.workspace_id,
        head,
    }))
}

/// Sets where a conversation stands, and whose it is.
pub async fn set_status(
    tx: &mut Tx,
    conversation: &Locked,
    status: Status,
    assignee: Option<UserId>,
) -> Result<Locked> {
    let waiting_since = (status == Status::Waiting).then_some(tx.now());
    let workspace_id = conversation.workspace_id;
    on!(tx, c => sqlx::query(SET_STATUS)
        .bind(workspace_id.0).bind(conversation.id.0).bind(status.as_str())
        .bind(assignee.map(|user| user.0)).bind(waiting_since)
        .execute(c).await.map(drop))?;
    refreshed(tx, workspace_id, conversation.id).await
}

/// The head after a change, which is to be told.
pub(crate) async fn refreshed(
    tx: &mut Tx,
    workspace_id: WorkspaceId,
    id: ConversationId,
) -> Result<Locked> {
    let head = get(tx, workspace_id, id).await?;
    tx.emit(News::ConversationChanged {
        workspace_id,
        conversation: head.clone(),
    });
    Ok(Locked { workspace_id, head })
}

async fn get(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    id: ConversationId,
) -> Result<Conversation> {
    let row: Row = on!(handle, c => sqlx::query_as(BY_WORKSPACE).bind(workspace_id.0).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

async fn lock(tx: &mut Tx, workspace_id: WorkspaceId, id: ConversationId) -> Result<()> {
    on!(tx, c => sqlx::query(LOCK).bind(workspace_id.0).bind(id.0).execute(c).await.map(drop))?;
    Ok(())
}
