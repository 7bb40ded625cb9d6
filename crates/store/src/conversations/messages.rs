//! Messages. Each has a sequence number in its conversation and a client id, which makes a repeated
//! send idempotent.

mod append;

use std::collections::HashMap;

use deskbell_protocol::{Body, ClientMessageId, ConversationId, Message, Sender, Seq, WorkspaceId};
use sqlx::types::{Json, Uuid};
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::rows::filled;
use crate::{Handle, Result};

pub(crate) use append::append_new;
pub use append::{Appended, Heads, Unsaved, append, append_all, preview};

#[derive(FromRow)]
struct Row {
    conversation_id: Uuid,
    seq: i64,
    id: Uuid,
    client_id: Option<Uuid>,
    sender_kind: String,
    sender_id: Option<Uuid>,
    sender_name: String,
    body: Json<Body>,
    created_at: i64,
}

macro_rules! select_message {
    ($clauses:literal) => {
        concat!(
            "SELECT conversation_id, seq, id, client_id, sender_kind, sender_id, sender_name, body, created_at ",
            "FROM messages ",
            $clauses
        )
    };
}

const BY_CLIENT_ID: &str =
    select_message!("WHERE conversation_id = $1 AND client_id = $2 AND workspace_id = $3");
const BY_CLIENT_IDS: [&str; 2] = [
    "WITH wanted (conversation_id, client_id) AS (VALUES ",
    ") SELECT m.conversation_id, m.seq, m.id, m.client_id, m.sender_kind, m.sender_id, m.sender_name, m.body, m.created_at \
    FROM wanted JOIN messages m ON m.conversation_id = wanted.conversation_id AND m.client_id = wanted.client_id",
];
const AFTER: &str = select_message!(
    "WHERE conversation_id = $1 AND seq > $2 AND workspace_id = $3 ORDER BY seq LIMIT $4"
);
const BEFORE: &str = select_message!(
    "WHERE conversation_id = $1 AND seq < $2 AND workspace_id = $3 ORDER BY seq DESC LIMIT $4"
);

/// Finds a message by its client id.
pub async fn find_by_client_id(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    client_id: ClientMessageId,
) -> Result<Option<Message>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(BY_CLIENT_ID)
        .bind(conversation_id.0).bind(client_id.0).bind(workspace_id.0).fetch_optional(c).await)?;
    Ok(row.map(Message::from))
}

/// Finds those of the wanted messages that are saved already. The conversations must belong to the
/// senders.
pub async fn find_all_by_client_id(
    handle: &mut impl Handle,
    wanted: &[(ConversationId, ClientMessageId)],
) -> Result<HashMap<(ConversationId, ClientMessageId), Message>> {
    let mut found = HashMap::new();
    for run in filled(wanted) {
        let [begin, end] = BY_CLIENT_IDS;
        let sql = begin.to_owned() + &handle.placeholders().rows(run.len(), 2) + end;
        let rows: Vec<Row> = on!(handle, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for (conversation_id, client_id) in run {
                query = query.bind(conversation_id.0).bind(client_id.0);
            }
            query.fetch_all(c).await
        })?;
        for message in rows.into_iter().map(Message::from) {
            if let Some(client_id) = message.client_id {
                found.insert((message.conversation_id, client_id), message);
            }
        }
    }
    Ok(found)
}

/// The messages after `after`, in order, and whether there are more.
pub async fn page_after(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    after: Seq,
    limit: usize,
) -> Result<(Vec<Message>, bool)> {
    page(handle, AFTER, workspace_id, conversation_id, after, limit).await
}

/// The messages before `before` (`None`: the newest), in order, and whether there are older ones.
pub async fn page_before(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    before: Option<Seq>,
    limit: usize,
) -> Result<(Vec<Message>, bool)> {
    let before = before.unwrap_or(Seq::MAX);
    let (mut messages, more) =
        page(handle, BEFORE, workspace_id, conversation_id, before, limit).await?;
    messages.reverse();
    Ok((messages, more))
}

async fn page(
    handle: &mut impl Handle,
    sql: &'static str,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    from: Seq,
    limit: usize,
) -> Result<(Vec<Message>, bool)> {
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows: Vec<Row> = on!(handle, c => sqlx::query_as(sql)
        .bind(conversation_id.0).bind(from).bind(workspace_id.0).bind(one_more).fetch_all(c).await)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows.into_iter().map(Message::from).collect(), more))
}

impl From<Row> for Message {
    fn from(row: Row) -> Self {
        let sender = match (row.sender_kind.as_str(), row.sender_id) {
            ("visitor", Some(id)) => Sender::Visitor {
                id: id.into(),
                name: row.sender_name,
            },
            ("agent", Some(id)) => Sender::Agent {
                id: id.into(),
                name: row.sender_name,
            },
            _ => Sender::System,
        };
        Self {
            id: row.id.into(),
            conversation_id: row.conversation_id.into(),
            seq: row.seq,
            client_id: row.client_id.map(ClientMessageId::from),
            sender,
            body: row.body.0,
            created_at: row.created_at,
        }
    }
}
