//! Receipts: the last messages that each side of a conversation has received and seen, and a read
//! marker for each agent.
//!
//! Receipts never decrease. They are written in batches, because a short delay does no harm. An
//! agent's own message moves their marker in its own transaction, if texts before it are unread.

use std::collections::{BTreeMap, HashMap};

use deskbell_protocol::{
    ConversationId, Receipts, SeenMarker, Seq, UserId, VisitorId, WorkspaceId,
};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::conversations::{self, LockedConversation};
use crate::db::rows::runs;
use crate::{DomainEvent, Handle, Result, Tx, WorkspaceScope};

/// The person whose receipt it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptOwner {
    Visitor(WorkspaceId, VisitorId),
    Agent(WorkspaceId, UserId),
}

/// The receipts that a client reports. Numbers beyond the last message are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub delivered: Seq,
    pub seen: Seq,
}

impl Reading {
    /// Keeps the higher of both numbers.
    pub fn merge(&mut self, other: Self) {
        self.delivered = self.delivered.max(other.delivered);
        self.seen = self.seen.max(other.seen);
    }
}

/// The read marker of one agent in one conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AgentMarker {
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) user_id: UserId,
    pub(crate) marker: SeenMarker,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    visitor_delivered_seq: i64,
    visitor_seen_seq: i64,
    agent_delivered_seq: i64,
    agent_seen_seq: i64,
}

#[derive(FromRow)]
struct MarkerRow {
    workspace_id: Uuid,
    user_id: Uuid,
    conversation_id: Uuid,
    seq: i64,
    visitor_texts: i64,
}

const FIND: &str = "SELECT c.id, c.visitor_delivered_seq, c.visitor_seen_seq, c.agent_delivered_seq, c.agent_seen_seq \
    FROM conversations c WHERE c.workspace_id = $1 AND c.id = $2";
const BY_IDS: &str = "SELECT c.id, c.visitor_delivered_seq, c.visitor_seen_seq, c.agent_delivered_seq, c.agent_seen_seq \
    FROM conversations c WHERE c.id IN ";
const UPDATE: [&str; 2] = [
    "WITH told (id, visitor_delivered, visitor_seen, agent_delivered, agent_seen) AS (VALUES ",
    ") UPDATE conversations SET visitor_delivered_seq = told.visitor_delivered, visitor_seen_seq = told.visitor_seen, \
    agent_delivered_seq = told.agent_delivered, agent_seen_seq = told.agent_seen \
    FROM told WHERE conversations.id = told.id",
];
const UPDATE_COLUMNS: usize = 5;
const MARK: [&str; 2] = [
    "INSERT INTO seen_markers (user_id, conversation_id, workspace_id, seq, visitor_texts) VALUES ",
    " ON CONFLICT (user_id, conversation_id) DO UPDATE \
    SET seq = excluded.seq, visitor_texts = excluded.visitor_texts WHERE seen_markers.seq < excluded.seq \
    RETURNING workspace_id, user_id, conversation_id, seq, visitor_texts",
];
/// Skips markers that count all texts already: most replies follow a receipt or another reply.
const MARK_OWN: [&str; 2] = [
    "WITH own (user_id, conversation_id, workspace_id, seq, visitor_texts) AS (VALUES ",
    ") INSERT INTO seen_markers (user_id, conversation_id, workspace_id, seq, visitor_texts) \
    SELECT own.user_id, own.conversation_id, own.workspace_id, own.seq, own.visitor_texts FROM own \
    LEFT JOIN seen_markers m ON m.user_id = own.user_id AND m.conversation_id = own.conversation_id \
    WHERE COALESCE(m.visitor_texts, 0) < own.visitor_texts \
    ON CONFLICT (user_id, conversation_id) DO UPDATE \
    SET seq = excluded.seq, visitor_texts = excluded.visitor_texts WHERE seen_markers.seq < excluded.seq \
    RETURNING workspace_id, user_id, conversation_id, seq, visitor_texts",
];
const MARK_COLUMNS: usize = 5;
const TEXTS_AFTER: &str = "SELECT COUNT(*) FROM messages WHERE conversation_id = $1 AND seq > $2 AND sender_kind = 'visitor'";
const MARKERS_OF_WAITING: &str = "SELECT m.workspace_id, m.user_id, m.conversation_id, m.seq, m.visitor_texts \
    FROM conversations c JOIN seen_markers m ON m.conversation_id = c.id AND m.user_id = $2 \
    WHERE c.workspace_id = $1 AND c.status = 'waiting' ORDER BY c.waiting_since, c.id LIMIT $3";
const MARKERS_OF_OPEN: &str = "SELECT m.workspace_id, m.user_id, m.conversation_id, m.seq, m.visitor_texts \
    FROM conversations c JOIN seen_markers m ON m.conversation_id = c.id AND m.user_id = $2 \
    WHERE c.workspace_id = $1 AND c.status IN ('active', 'resolved') ORDER BY c.last_message_at DESC, c.id DESC LIMIT $3";
const MARKERS_OF_OWN: &str = "SELECT m.workspace_id, m.user_id, m.conversation_id, m.seq, m.visitor_texts \
    FROM conversations c JOIN seen_markers m ON m.conversation_id = c.id AND m.user_id = $2 \
    WHERE c.workspace_id = $1 AND c.assignee_id = $2 AND c.status = 'active' ORDER BY c.last_message_at DESC, c.id DESC LIMIT $3";
const MARKERS_IN: [&str; 2] = [
    "WITH asked (user_id, conversation_id) AS (VALUES ",
    ") SELECT m.workspace_id, m.user_id, m.conversation_id, m.seq, m.visitor_texts FROM asked \
    JOIN seen_markers m ON m.user_id = asked.user_id AND m.conversation_id = asked.conversation_id",
];
const MARKERS_IN_COLUMNS: usize = 2;
/// Joined through the members, because the markers are indexed by them.
const MARKERS_OF_MEMBERS: &str = "SELECT m.workspace_id, m.user_id, m.conversation_id, m.seq, m.visitor_texts \
    FROM memberships u JOIN seen_markers m ON m.user_id = u.user_id AND m.conversation_id = $2 \
    WHERE u.workspace_id = $1 ORDER BY m.user_id";

/// Gets the receipts of both sides of a conversation.
pub async fn get(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
) -> Result<Receipts> {
    let row: Row = on!(handle, c => sqlx::query_as(FIND)
        .bind(workspace_id.0).bind(conversation_id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Lists how far an agent has read in the conversations of an inbox snapshot: at most `limit`
/// waiting ones, as many others that are not closed, and as many of the agent's own.
pub async fn list_markers(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    limit: usize,
) -> Result<Vec<SeenMarker>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut markers = BTreeMap::new();
    for sql in [MARKERS_OF_WAITING, MARKERS_OF_OPEN, MARKERS_OF_OWN] {
        let rows: Vec<MarkerRow> = on!(handle, c => sqlx::query_as(sql)
            .bind(agent.workspace_id.0).bind(agent.user.id.0).bind(limit).fetch_all(c).await)?;
        let found = rows.into_iter().map(SeenMarker::from);
        markers.extend(found.map(|marker| (marker.conversation_id, marker)));
    }
    Ok(markers.into_values().collect())
}

/// Lists how far an agent has read in these conversations. Those in which the agent has read
/// nothing are missing.
pub async fn list_markers_in(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    ids: &[ConversationId],
) -> Result<Vec<SeenMarker>> {
    let mut markers = Vec::new();
    for run in runs(ids) {
        let [begin, end] = MARKERS_IN;
        let placeholders = handle.placeholders();
        let sql = begin.to_owned() + &placeholders.rows(run.len(), MARKERS_IN_COLUMNS) + end;
        let rows: Vec<MarkerRow> = on!(handle, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for id in run {
                query = query.bind(agent.user.id.0).bind(id.0);
            }
            query.fetch_all(c).await
        })?;
        markers.extend(rows.into_iter().map(SeenMarker::from));
    }
    Ok(markers)
}

/// Emits the marker of each agent who has read in a conversation, for all their connections.
pub(crate) async fn emit_markers(
    tx: &mut Tx,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
) -> Result<()> {
    let markers: Vec<MarkerRow> = on!(tx, c => sqlx::query_as(MARKERS_OF_MEMBERS)
        .bind(workspace_id.0).bind(conversation_id.0).fetch_all(c).await)?;
    emit(tx, markers);
    Ok(())
}

/// Saves a batch of receipts and emits what has changed. Receipts for conversations that their
/// owner may not see are ignored.
pub async fn save_all(
    tx: &mut Tx,
    readings: &BTreeMap<(ConversationId, ReceiptOwner), Reading>,
) -> Result<()> {
    let mut ids: Vec<_> = readings.keys().map(|(id, _)| *id).collect();
    ids.dedup();
    let heads = conversations::lock_all(tx, &ids).await?;
    let before = find_all(tx, &ids).await?;
    let mut moved = Vec::new();
    let mut marks = Vec::new();
    for id in ids {
        let (Some(head), Some(before)) = (heads.get(&id), before.get(&id)) else {
            continue;
        };
        let mut receipts = *before;
        let everybody = (id, ReceiptOwner::FIRST)..=(id, ReceiptOwner::LAST);
        for ((_, reader), reading) in readings.range(everybody) {
            if !reader.reaches(head) {
                continue;
            }
            let seen = reading.seen.min(head.last_seq);
            let delivered = reading.delivered.min(head.last_seq).max(seen);
            receipts.merge(reader.receipts(delivered, seen));
            if let (ReceiptOwner::Agent(_, user_id), true) = (reader, seen > 0) {
                marks.push((*user_id, head, seen));
            }
        }
        if receipts != *before {
            moved.push((head, receipts));
        }
    }
    update(tx, &moved).await?;
    for (head, receipts) in moved {
        tx.emit(DomainEvent::ReceiptsMoved {
            workspace_id: head.workspace_id,
            conversation_id: head.id,
            receipts,
        });
    }
    mark(tx, &marks).await
}

async fn find_all(
    tx: &mut Tx,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Receipts>> {
    let mut found = HashMap::with_capacity(ids.len());
    for run in runs(ids) {
        let sql = BY_IDS.to_owned() + &tx.placeholders().rows(1, run.len());
        let rows: Vec<Row> = on!(tx, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for id in run {
                query = query.bind(id.0);
            }
            query.fetch_all(c).await
        })?;
        found.extend(
            rows.into_iter()
                .map(|row| (ConversationId::from(row.id), Receipts::from(row))),
        );
    }
    Ok(found)
}

async fn update(tx: &mut Tx, moved: &[(&LockedConversation, Receipts)]) -> Result<()> {
    for run in runs(moved) {
        let [begin, end] = UPDATE;
        let sql = begin.to_owned() + &tx.placeholders().rows(run.len(), UPDATE_COLUMNS) + end;
        on!(tx, c => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (head, it) in run {
                query = query
                    .bind(head.id.0).bind(it.visitor_delivered).bind(it.visitor_seen)
                    .bind(it.agent_delivered).bind(it.agent_seen);
            }
            query.execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Moves the markers of agents forward, and counts the texts up to each.
async fn mark(tx: &mut Tx, marks: &[(UserId, &LockedConversation, Seq)]) -> Result<()> {
    let mut rows = Vec::with_capacity(marks.len());
    for (user_id, head, seq) in marks {
        // Usually the last message has been seen, and there is nothing to count.
        let later: i64 = if *seq == head.last_seq {
            0
        } else {
            on!(tx, c => sqlx::query_scalar(TEXTS_AFTER).bind(head.id.0).bind(*seq).fetch_one(c).await)?
        };
        rows.push(AgentMarker {
            workspace_id: head.workspace_id,
            user_id: *user_id,
            marker: SeenMarker {
                conversation_id: head.id,
                seq: *seq,
                visitor_texts: head.visitor_texts - later,
            },
        });
    }
    write_markers(tx, MARK, &rows).await
}

/// Advances the markers of agents to their own messages where visitor texts before them are unread,
/// and emits these markers. The conversations are locked, and no agent has two markers in one of them.
pub(crate) async fn advance_to_own_messages(
    tx: &mut Tx,
    mut markers: Vec<AgentMarker>,
) -> Result<()> {
    markers.retain(
        |AgentMarker {
             user_id, marker, ..
         }| {
            !(tx.markers).counts(marker.conversation_id, *user_id, marker.visitor_texts)
        },
    );
    write_markers(tx, MARK_OWN, &markers).await
}

/// Writes markers and emits those that have moved.
async fn write_markers(tx: &mut Tx, sql: [&str; 2], markers: &[AgentMarker]) -> Result<()> {
    for run in runs(markers) {
        let [begin, end] = sql;
        let sql = begin.to_owned() + &tx.placeholders().rows(run.len(), MARK_COLUMNS) + end;
        let moved: Vec<MarkerRow> = on!(tx, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for AgentMarker { workspace_id, user_id, marker } in run {
                query = query
                    .bind(user_id.0).bind(marker.conversation_id.0).bind(workspace_id.0)
                    .bind(marker.seq).bind(marker.visitor_texts);
            }
            query.fetch_all(c).await
        })?;
        for AgentMarker {
            user_id, marker, ..
        } in run
        {
            (tx.markers).record(marker.conversation_id, *user_id, marker.visitor_texts);
        }
        emit(tx, moved);
    }
    Ok(())
}

fn emit(tx: &mut Tx, markers: Vec<MarkerRow>) {
    for row in markers {
        tx.emit(DomainEvent::SeenMoved {
            workspace_id: row.workspace_id.into(),
            user_id: row.user_id.into(),
            marker: row.into(),
        });
    }
}

impl ReceiptOwner {
    const FIRST: Self = Self::Visitor(WorkspaceId(Uuid::nil()), VisitorId(Uuid::nil()));
    const LAST: Self = Self::Agent(WorkspaceId(Uuid::max()), UserId(Uuid::max()));

    fn reaches(&self, head: &LockedConversation) -> bool {
        match self {
            Self::Visitor(workspace_id, visitor_id) => {
                head.is_of_workspace(*workspace_id) && head.visitor.id == *visitor_id
            }
            Self::Agent(workspace_id, _) => head.is_of_workspace(*workspace_id),
        }
    }

    fn receipts(&self, delivered: Seq, seen: Seq) -> Receipts {
        match self {
            Self::Visitor(..) => Receipts {
                visitor_delivered: delivered,
                visitor_seen: seen,
                ..Receipts::default()
            },
            Self::Agent(..) => Receipts {
                agent_delivered: delivered,
                agent_seen: seen,
                ..Receipts::default()
            },
        }
    }
}

impl From<Row> for Receipts {
    fn from(row: Row) -> Self {
        Self {
            visitor_delivered: row.visitor_delivered_seq,
            visitor_seen: row.visitor_seen_seq,
            agent_delivered: row.agent_delivered_seq,
            agent_seen: row.agent_seen_seq,
        }
    }
}

impl From<MarkerRow> for SeenMarker {
    fn from(row: MarkerRow) -> Self {
        Self {
            conversation_id: row.conversation_id.into(),
            seq: row.seq,
            visitor_texts: row.visitor_texts,
        }
    }
}
