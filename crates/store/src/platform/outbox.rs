//! The transactional outbox: every domain event, durably, for consumers such as webhooks, search and
//! analytics.
//!
//! A transaction that causes events appends one row with their ids, not their texts, just before it
//! commits. Each consumer reads the rows in the order of their positions and advances its own cursor.
//! See decision 22 for why a position is the number of a transaction on Postgres.

use data_encoding::BASE64URL_NOPAD;
use deskbell_protocol::{ConversationId, Seq, UnixMs, UserId, WorkspaceId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::postgres::PgConnection;
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::Connection;
use crate::{DomainEvent, Error, Handle, Result, Tx};

/// The events of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The position of the row. Positions grow, with gaps.
    pub position: i64,
    pub created_at: UnixMs,
    pub events: Vec<OutboxEvent>,
}

/// An event, by the ids of what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxEvent {
    /// Messages were saved, which also moves the conversation in the inbox.
    MessagesCreated {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        first_seq: Seq,
        last_seq: Seq,
    },
    /// An agent has written a note.
    NoteCreated {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        seq: Seq,
    },
    /// A visitor has started a conversation.
    ConversationStarted {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
    },
    /// The status, the assignee or the visitor of a conversation has changed.
    ConversationChanged {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        revision: i64,
    },
    /// One side of a conversation has received or seen more of it.
    ReceiptsMoved {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
    },
    /// An agent has seen more of a conversation.
    SeenMoved {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        user_id: UserId,
        seq: Seq,
    },
}

/// The events of one workspace as they are stored. Short names: there is a row for each transaction
/// that saves messages. A key that an older version does not know is ignored by it.
#[derive(Serialize, Deserialize)]
struct Stored {
    w: ShortId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    started: Vec<ShortId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    m: Vec<(ShortId, Seq, Seq)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    n: Vec<(ShortId, Seq)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changed: Vec<(ShortId, i64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    r: Vec<ShortId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    s: Vec<(ShortId, ShortId, Seq)>,
}

/// The length of an id in base64.
const SHORT_ID: usize = 22;

/// An id in [`SHORT_ID`] characters instead of 36.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ShortId(Uuid);

/// A row to append.
pub(crate) struct NewRow {
    pub(crate) created_at: UnixMs,
    pub(crate) events: String,
}

#[derive(FromRow)]
struct Row {
    position: i64,
    created_at: i64,
    events: String,
}

// SQLite has one writer, and pruning leaves the newest row: the next number is free.
const APPEND_SQLITE: &str = "INSERT INTO outbox (position, created_at, events) \
    VALUES ((SELECT COALESCE(MAX(position), 0) + 1 FROM outbox), ?, ?)";
const APPEND_POSTGRES: &str = "INSERT INTO outbox (position, created_at, events) \
    VALUES (txid_current() + (SELECT value FROM outbox_offset), ";
const AFTER_SQLITE: &str = "SELECT position, created_at, events FROM outbox \
    WHERE position > $1 ORDER BY position LIMIT $2";
// Only rows below the oldest running transaction: no transaction can still commit before them.
const AFTER_POSTGRES: &str = "SELECT position, created_at, events FROM outbox WHERE position > $1 \
    AND position < txid_snapshot_xmin(txid_current_snapshot()) + (SELECT value FROM outbox_offset) \
    ORDER BY position LIMIT $2";
const CURSOR: &str = "SELECT position FROM outbox_cursors WHERE consumer = $1";
const ADVANCE: &str = "INSERT INTO outbox_cursors (consumer, position, updated_at) VALUES ($1, $2, $3) \
    ON CONFLICT (consumer) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at \
    WHERE outbox_cursors.position < excluded.position";
const REMOVE: &str = "DELETE FROM outbox_cursors WHERE consumer = $1";
const PRUNE: &str = "DELETE FROM outbox WHERE position IN (SELECT o.position FROM \
    (SELECT position, created_at FROM outbox ORDER BY position LIMIT $2) o \
    WHERE o.position < (SELECT MAX(position) FROM outbox) \
    AND (o.position <= (SELECT MIN(position) FROM outbox_cursors) \
    OR (o.created_at < $1 AND NOT EXISTS (SELECT 1 FROM outbox_cursors))))";
// A restored database may hold positions of another cluster, whose transactions had larger numbers.
const RAISE_OFFSET: &str = "UPDATE outbox_offset SET value = newest.position + 1 \
    - txid_snapshot_xmax(txid_current_snapshot()) \
    FROM (SELECT GREATEST((SELECT COALESCE(MAX(position), 0) FROM outbox), \
    (SELECT COALESCE(MAX(position), 0) FROM outbox_cursors)) AS position) newest \
    WHERE newest.position >= value + txid_snapshot_xmax(txid_current_snapshot())";

/// Appends a row.
pub(crate) async fn append(tx: &mut Tx, row: NewRow) -> Result<()> {
    let sql = match tx.connection() {
        Connection::Sqlite(_) => APPEND_SQLITE.to_owned(),
        Connection::Postgres(_) => append_postgres(0),
    };
    on!(tx, c => sqlx::query(AssertSqlSafe(sql))
        .bind(row.created_at).bind(&row.events).execute(c).await.map(drop))?;
    Ok(())
}

/// The statement whose two values follow this number of other values.
fn append_postgres(values: usize) -> String {
    format!("{APPEND_POSTGRES}${}, ${})", values + 1, values + 2)
}

/// Reads at most `limit` rows after `position`, in order. On Postgres a row is returned once every
/// transaction that started to write before its own has ended, so that none is ever skipped.
pub async fn read_after(
    handle: &mut impl Handle,
    position: i64,
    limit: i64,
) -> Result<Vec<OutboxRow>> {
    let sql = match handle.connection() {
        Connection::Sqlite(_) => AFTER_SQLITE,
        Connection::Postgres(_) => AFTER_POSTGRES,
    };
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(sql).bind(position).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(OutboxRow::try_from).collect()
}

/// Finds the cursor of a consumer; `None` if there is no such consumer.
pub async fn find_cursor(handle: &mut impl Handle, consumer: &str) -> Result<Option<i64>> {
    Ok(on!(handle, c => sqlx::query_scalar(CURSOR).bind(consumer).fetch_optional(c).await)?)
}

/// Advances a consumer's cursor; it never goes back. With position 0 a consumer is registered: from
/// then on nothing is pruned before it has read it.
pub async fn advance(tx: &mut Tx, consumer: &str, position: i64) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(ADVANCE)
        .bind(consumer).bind(position).bind(now).execute(c).await.map(drop))?;
    Ok(())
}

/// Removes a consumer. Pruning no longer waits for it.
pub async fn remove_consumer(tx: &mut Tx, consumer: &str) -> Result<()> {
    on!(tx, c => sqlx::query(REMOVE).bind(consumer).execute(c).await.map(drop))?;
    Ok(())
}

/// Deletes up to `limit` of the oldest rows: those that every consumer has read, or, as long as there
/// is no consumer, those that were created before `before`. Returns how many.
pub async fn prune(tx: &mut Tx, before: UnixMs, limit: i64) -> Result<u64> {
    Ok(on!(tx, c => sqlx::query(PRUNE)
        .bind(before).bind(limit).execute(c).await.map(|done| done.rows_affected()))?)
}

/// Raises the offset so that the positions of new rows are above those of existing ones, after a
/// restore too.
pub(crate) async fn raise_offset(connection: &mut PgConnection) -> Result<()> {
    sqlx::query(RAISE_OFFSET).execute(connection).await?;
    Ok(())
}

impl NewRow {
    /// The number of values to bind.
    pub(crate) const COLUMNS: usize = 2;

    /// The row for what has happened in this transaction; `None` if nothing has.
    pub(crate) fn of(tx: &Tx) -> Option<Self> {
        let events = encode(&tx.collected().events)?;
        Some(Self {
            created_at: tx.now(),
            events,
        })
    }

    /// The parts of a statement `WITH … UPDATE …` that append a row, too: one before UPDATE, one at
    /// the end. Their two values follow the others, of which there are `values`.
    pub(crate) fn insert_with(tx: &mut Tx, values: usize) -> (String, String) {
        match tx.connection() {
            // SQLite executes two statements of one text, each with its own values.
            Connection::Sqlite(_) => (String::new(), format!("; {APPEND_SQLITE}")),
            Connection::Postgres(_) => {
                let beside = format!(", appended AS ({})", append_postgres(values));
                (beside, String::new())
            }
        }
    }
}

/// The events as they are stored; `None` if there are none.
fn encode(events: &[DomainEvent]) -> Option<String> {
    let mut stored: Vec<Stored> = Vec::new();
    for event in events {
        let workspace = match event {
            // Every moved head is accompanied by a message, and every notification by what causes it. That one was
            // read concerns its member alone.
            DomainEvent::HeadMoved { .. }
            | DomainEvent::Notified { .. }
            | DomainEvent::NotificationsChanged { .. } => continue,
            DomainEvent::MessageCreated { workspace_id, .. }
            | DomainEvent::NoteCreated { workspace_id, .. }
            | DomainEvent::ConversationChanged { workspace_id, .. }
            | DomainEvent::ConversationBegun { workspace_id, .. }
            | DomainEvent::ReceiptsMoved { workspace_id, .. }
            | DomainEvent::SeenMoved { workspace_id, .. } => ShortId(workspace_id.0),
        };
        // Usually the last one, because the events of a workspace are emitted together.
        let index = stored.iter().rposition(|it| it.w == workspace);
        let index = index.unwrap_or_else(|| {
            stored.push(Stored::new(workspace));
            stored.len() - 1
        });
        stored[index].add(event);
    }
    if stored.is_empty() {
        return None;
    }
    Some(serde_json::to_string(&stored).expect("ids and numbers are plain JSON"))
}

impl Stored {
    fn new(w: ShortId) -> Self {
        Self {
            w,
            started: Vec::new(),
            m: Vec::new(),
            n: Vec::new(),
            changed: Vec::new(),
            r: Vec::new(),
            s: Vec::new(),
        }
    }

    fn add(&mut self, event: &DomainEvent) {
        match event {
            DomainEvent::HeadMoved { .. }
            | DomainEvent::Notified { .. }
            | DomainEvent::NotificationsChanged { .. } => {}
            DomainEvent::MessageCreated { message, .. } => {
                let (id, seq) = (ShortId(message.conversation_id.0), message.seq);
                match self.m.last_mut() {
                    Some((last, _, last_seq)) if *last == id && *last_seq + 1 == seq => {
                        *last_seq = seq;
                    }
                    _ => self.m.push((id, seq, seq)),
                }
            }
            DomainEvent::NoteCreated { note, .. } => {
                self.n.push((ShortId(note.conversation_id.0), note.seq));
            }
            DomainEvent::ConversationBegun { conversation, .. } => {
                self.started.push(ShortId(conversation.id.0));
            }
            DomainEvent::ConversationChanged { conversation, .. } => {
                let id = ShortId(conversation.id.0);
                self.changed.push((id, conversation.revision));
            }
            DomainEvent::ReceiptsMoved {
                conversation_id, ..
            } => self.r.push(ShortId(conversation_id.0)),
            DomainEvent::SeenMoved {
                user_id, marker, ..
            } => {
                let id = ShortId(marker.conversation_id.0);
                self.s.push((id, ShortId(user_id.0), marker.seq));
            }
        }
    }

    fn events(self) -> impl Iterator<Item = OutboxEvent> {
        let workspace_id = WorkspaceId(self.w.0);
        let started = self.started.into_iter().map(move |id| {
            let conversation_id = ConversationId(id.0);
            OutboxEvent::ConversationStarted {
                workspace_id,
                conversation_id,
            }
        });
        let messages = self.m.into_iter().map(move |(id, first_seq, last_seq)| {
            let conversation_id = ConversationId(id.0);
            OutboxEvent::MessagesCreated {
                workspace_id,
                conversation_id,
                first_seq,
                last_seq,
            }
        });
        let notes = self.n.into_iter().map(move |(id, seq)| {
            let conversation_id = ConversationId(id.0);
            OutboxEvent::NoteCreated {
                workspace_id,
                conversation_id,
                seq,
            }
        });
        let changed = self.changed.into_iter().map(move |(id, revision)| {
            let conversation_id = ConversationId(id.0);
            OutboxEvent::ConversationChanged {
                workspace_id,
                conversation_id,
                revision,
            }
        });
        let receipts = self.r.into_iter().map(move |id| {
            let conversation_id = ConversationId(id.0);
            OutboxEvent::ReceiptsMoved {
                workspace_id,
                conversation_id,
            }
        });
        let seen = self.s.into_iter().map(move |(id, user, seq)| {
            let (conversation_id, user_id) = (ConversationId(id.0), UserId(user.0));
            OutboxEvent::SeenMoved {
                workspace_id,
                conversation_id,
                user_id,
                seq,
            }
        });
        started
            .chain(messages)
            .chain(notes)
            .chain(changed)
            .chain(receipts)
            .chain(seen)
    }
}

impl TryFrom<Row> for OutboxRow {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let stored: Vec<Stored> =
            serde_json::from_str(&row.events).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Self {
            position: row.position,
            created_at: row.created_at,
            events: stored.into_iter().flat_map(Stored::events).collect(),
        })
    }
}

impl Serialize for ShortId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Without an allocation: there is one for each conversation of a batch.
        let mut text = [0; SHORT_ID];
        BASE64URL_NOPAD.encode_mut(self.0.as_bytes(), &mut text);
        let text = std::str::from_utf8(&text).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(text)
    }
}

impl<'de> Deserialize<'de> for ShortId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
        let id = bytes.ok().and_then(|bytes| Uuid::from_slice(&bytes).ok());
        id.map(Self)
            .ok_or_else(|| serde::de::Error::custom("not an id"))
    }
}
