//! Inboxes: a workspace's conversations as agents see them, and as a change feed.
//!
//! Each change of a head has a position in its workspace, 1, 2, 3 …; a head has that of its last
//! change. `head_updates.rs` assigns positions.

use deskbell_protocol::{Conversation, ConversationId, Position, Queue, Status, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::conversations::head::{Row, select_head};
use crate::{Handle, Result, Tx, WorkspaceScope};

/// The state of an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inbox {
    /// The position of the last change.
    pub position: Position,
    pub queue: Queue,
}

/// A conversation and the position of its last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub position: Position,
    pub conversation: Conversation,
}

/// A cursor of the conversation list: the last row that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListCursor {
    /// The position of the inbox when paging started. Conversations that change later are listed
    /// last.
    pub begun_at: Position,
    pub section: ListSection,
    /// Waiting: the place in the queue before the time ([`Conversation::queue_order`]).
    pub queue_order: i64,
    /// The sort key of the section.
    pub key: i64,
    pub id: ConversationId,
}

/// A section of the list, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListSection {
    /// The highest priority first, then the longest wait.
    Waiting,
    /// Active and resolved conversations, the newest message first.
    Open,
    /// The newest message first.
    Closed,
    /// Conversations that have changed since paging started, in the order of their changes.
    Changed,
}

#[derive(FromRow)]
pub(crate) struct InboxRow {
    pub(crate) workspace_id: Uuid,
    position: i64,
    pub(crate) last_number: i64,
    waiting: i64,
    active: i64,
    resolved: i64,
}

const INSERT: &str = "INSERT INTO inboxes (workspace_id, position, waiting, active, resolved) VALUES ($1, 0, 0, 0, 0)";
const GET: &str = "SELECT workspace_id, position, last_number, waiting, active, resolved FROM inboxes WHERE workspace_id = $1";
const CHANGES: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.position > $2 AND c.position <= $3 ORDER BY c.position LIMIT $4"
);
const OWN: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.assignee_id = $2 AND c.status = 'active' \
    ORDER BY c.last_message_at DESC, c.id DESC LIMIT $3"
);
// `+c.position` is `c.position` without an index lookup: the index of the section is the right one.
const WAITING: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.status = 'waiting' AND (c.queue_order, c.waiting_since, c.id) > ($7, $2, $3) \
    AND +c.position <= $4 AND ($5 = '' OR c.status = $5) ORDER BY c.queue_order, c.waiting_since, c.id LIMIT $6"
);
const OPEN: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.status IN ('active', 'resolved') AND (c.last_message_at, c.id) < ($2, $3) \
    AND +c.position <= $4 AND ($5 = '' OR c.status = $5) ORDER BY c.last_message_at DESC, c.id DESC LIMIT $6"
);
const CLOSED: &str = select_head!(
    "WHERE c.workspace_id = $1 AND c.status = 'closed' AND (c.last_message_at, c.id) < ($2, $3) \
    AND +c.position <= $4 AND ($5 = '' OR c.status = $5) ORDER BY c.last_message_at DESC, c.id DESC LIMIT $6"
);
const CHANGED: &str = select_head!(
    "WHERE c.workspace_id = $1 AND (c.position, c.id) > ($2, $3) \
    AND +c.position > $4 AND ($5 = '' OR c.status = $5) ORDER BY c.position, c.id LIMIT $6"
);

/// Creates the inbox of a new workspace.
pub(crate) async fn create_inbox(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    on!(tx, c => sqlx::query(INSERT).bind(workspace.0).execute(c).await.map(drop))?;
    Ok(())
}

/// Gets the state of the workspace's inbox.
pub async fn get_inbox(handle: &mut impl Handle, agent: &WorkspaceScope) -> Result<Inbox> {
    get(handle, agent.workspace_id).await
}

pub(crate) async fn get(handle: &mut impl Handle, workspace: WorkspaceId) -> Result<Inbox> {
    let row: InboxRow = on!(handle, c => sqlx::query_as(GET).bind(workspace.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Lists the changes after one position and up to another, in order, and whether there are more
/// than `limit`. Conversations that have changed again since then are not among them.
pub async fn list_changes(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    after: Position,
    up_to: Position,
    limit: usize,
) -> Result<(Vec<Changed>, bool)> {
    let mut rows: Vec<Row> = on!(handle, c => sqlx::query_as(CHANGES)
        .bind(agent.workspace_id.0).bind(after).bind(up_to).bind(one_more(limit)).fetch_all(c).await)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows.into_iter().map(Changed::from).collect(), more))
}

/// Lists the active conversations that are assigned to the agent, the newest message first; at most
/// `limit`.
pub async fn list_own(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    limit: usize,
) -> Result<Vec<Conversation>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(OWN)
        .bind(agent.workspace_id.0).bind(agent.user.id.0).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// Lists the workspace's conversations after `from`, only those with `status` if it is given; at
/// most `limit`, with a cursor if there are more.
pub async fn list_conversations(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    status: Option<Status>,
    from: ListCursor,
    limit: usize,
) -> Result<(Vec<Conversation>, Option<ListCursor>)> {
    let word = status.as_ref().map_or("", Status::as_str);
    let mut place = from;
    let mut found = Vec::new();
    loop {
        if place.section.may_hold(status) {
            let room = limit - found.len();
            let mut rows: Vec<Row> = on!(handle, c => {
                let query = sqlx::query_as(place.section.sql())
                    .bind(agent.workspace_id.0).bind(place.key).bind(place.id.0).bind(place.begun_at)
                    .bind(word).bind(one_more(room));
                let query = match place.section {
                    ListSection::Waiting => query.bind(place.queue_order),
                    _ => query,
                };
                query.fetch_all(c).await
            })?;
            let more = rows.len() > room;
            rows.truncate(room);
            if let Some(last) = rows.last() {
                (place.key, place.id) = (place.section.key(last), last.id.into());
                place.queue_order = last.queue_order;
            }
            found.extend(rows.into_iter().map(Conversation::from));
            if more {
                return Ok((found, Some(place)));
            }
        }
        match place.section.next() {
            Some(section) => place = ListCursor::before(section, place.begun_at),
            None => return Ok((found, None)),
        }
    }
}

/// The limit plus one row, which shows whether there are more.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

impl ListCursor {
    /// The cursor before the first row, at this position of the inbox.
    pub fn first(begun_at: Position) -> Self {
        Self::before(ListSection::Waiting, begun_at)
    }

    fn before(section: ListSection, begun_at: Position) -> Self {
        let (key, id) = match section {
            ListSection::Waiting => (i64::MIN, Uuid::nil()),
            ListSection::Open | ListSection::Closed => (i64::MAX, Uuid::max()),
            ListSection::Changed => (begun_at, Uuid::max()),
        };
        Self {
            begun_at,
            section,
            queue_order: 0,
            key,
            id: id.into(),
        }
    }
}

impl ListSection {
    /// Whether conversations that are not closed may follow.
    pub fn is_before_closed(self) -> bool {
        matches!(self, Self::Waiting | Self::Open)
    }

    fn next(self) -> Option<Self> {
        match self {
            Self::Waiting => Some(Self::Open),
            Self::Open => Some(Self::Closed),
            Self::Closed => Some(Self::Changed),
            Self::Changed => None,
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Waiting => WAITING,
            Self::Open => OPEN,
            Self::Closed => CLOSED,
            Self::Changed => CHANGED,
        }
    }

    fn key(self, row: &Row) -> i64 {
        match self {
            Self::Waiting => row.waiting_since.unwrap_or(row.created_at),
            Self::Open | Self::Closed => row.last_message_at,
            Self::Changed => row.position,
        }
    }

    fn may_hold(self, status: Option<Status>) -> bool {
        match (self, status) {
            (Self::Changed, _) | (_, None) => true,
            (Self::Waiting, Some(status)) => status == Status::Waiting,
            (Self::Open, Some(status)) => matches!(status, Status::Active | Status::Resolved),
            (Self::Closed, Some(status)) => status == Status::Closed,
        }
    }
}

impl From<InboxRow> for Inbox {
    fn from(row: InboxRow) -> Self {
        Self {
            position: row.position,
            queue: Queue {
                waiting: row.waiting,
                active: row.active,
                resolved: row.resolved,
            },
        }
    }
}

impl From<Row> for Changed {
    fn from(row: Row) -> Self {
        Self {
            position: row.position,
            conversation: row.into(),
        }
    }
}
