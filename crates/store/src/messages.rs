//! Messages: each has its place in its conversation, and a client's name for it counts once.

use deskbell_protocol::{
    Body, ClientId, ConversationId, Message, Sender, Seq, Status, WorkspaceId, limits,
};
use sqlx::FromRow;
use sqlx::types::{Json, Uuid};

use crate::conversations::{Locked, message_id, refreshed};
use crate::{Error, Handle, News, Result, Tx};

/// A message that stands in its conversation.
#[derive(Clone, Debug)]
pub struct Appended {
    pub message: Message,
    /// The conversation's head with it.
    pub conversation: Locked,
    /// False when it stood there before, under the same client id.
    pub created: bool,
}

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

const NEXT_SEQ: &str = "UPDATE conversations SET last_seq = last_seq + 1, revision = revision + 1 \
    WHERE workspace_id = $1 AND id = $2 RETURNING last_seq";
const NEXT_SEQ_OF_TEXT: &str = "UPDATE conversations SET last_seq = last_seq + 1, revision = revision + 1, \
    preview = $3, preview_by_agent = $4, last_message_at = $5 WHERE workspace_id = $1 AND id = $2 RETURNING last_seq";
const INSERT: &str = "INSERT INTO messages \
    (conversation_id, seq, id, workspace_id, client_id, sender_kind, sender_id, sender_name, body, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const BY_CLIENT_ID: &str =
    select_message!("WHERE conversation_id = $1 AND client_id = $2 AND workspace_id = $3");
const AFTER: &str = select_message!(
    "WHERE conversation_id = $1 AND seq > $2 AND workspace_id = $3 ORDER BY seq LIMIT $4"
);
const BEFORE: &str = select_message!(
    "WHERE conversation_id = $1 AND seq < $2 AND workspace_id = $3 ORDER BY seq DESC LIMIT $4"
);

/// Adds a message at the next place. With a client id that stands there already: that message,
/// and nothing changes. `Closed` when the conversation is.
pub async fn append(
    tx: &mut Tx,
    conversation: &Locked,
    sender: &Sender,
    client_id: Option<ClientId>,
    body: &Body,
) -> Result<Appended> {
    let workspace_id = conversation.workspace_id;
    if let Some(client_id) = client_id
        && let Some(message) =
            find_by_client_id(tx, workspace_id, conversation.id, client_id).await?
    {
        return Ok(Appended {
            message,
            conversation: conversation.clone(),
            created: false,
        });
    }
    if conversation.status == Status::Closed {
        return Err(Error::Closed);
    }
    let message = Message {
        id: message_id(tx),
        conversation_id: conversation.id,
        seq: next_seq(tx, conversation, sender, body).await?,
        client_id,
        sender: sender.clone(),
        body: body.clone(),
        created_at: tx.now(),
    };
    insert(tx, workspace_id, &message).await?;
    tx.emit(News::MessageCreated {
        workspace_id,
        conversation_id: conversation.id,
        message: message.clone(),
    });
    let conversation = refreshed(tx, workspace_id, conversation.id).await?;
    Ok(Appended {
        message,
        conversation,
        created: true,
    })
}

/// The message that its sender calls so.
pub async fn find_by_client_id(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    client_id: ClientId,
) -> Result<Option<Message>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(BY_CLIENT_ID)
        .bind(conversation_id.0).bind(client_id.0).bind(workspace_id.0).fetch_optional(c).await)?;
    Ok(row.map(Message::from))
}

/// In order, what follows `after`; and whether there is more.
pub async fn page_after(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    after: Seq,
    limit: usize,
) -> Result<(Vec<Message>, bool)> {
    page(handle, AFTER, workspace_id, conversation_id, after, limit).await
}

/// In order, what stands before `before` (`None`: the newest); and whether there are older ones.
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

async fn next_seq(tx: &mut Tx, conversation: &Locked, sender: &Sender, body: &Body) -> Result<Seq> {
    let (workspace, id, now) = (conversation.workspace_id.0, conversation.id.0, tx.now());
    let seq = match body {
        Body::Text { text } => {
            let by_agent = matches!(sender, Sender::Agent { .. });
            on!(tx, c => sqlx::query_scalar(NEXT_SEQ_OF_TEXT)
                .bind(workspace).bind(id).bind(preview(text)).bind(by_agent).bind(now).fetch_one(c).await)?
        }
        _ => {
            on!(tx, c => sqlx::query_scalar(NEXT_SEQ).bind(workspace).bind(id).fetch_one(c).await)?
        }
    };
    Ok(seq)
}

async fn insert(tx: &mut Tx, workspace_id: WorkspaceId, message: &Message) -> Result<()> {
    let (kind, sender_id, name) = match &message.sender {
        Sender::Visitor { id, name } => ("visitor", Some(id.0), name.as_str()),
        Sender::Agent { id, name } => ("agent", Some(id.0), name.as_str()),
        Sender::System | Sender::Unknown => ("system", None, ""),
    };
    on!(tx, c => sqlx::query(INSERT)
        .bind(message.conversation_id.0).bind(message.seq).bind(message.id.0).bind(workspace_id.0)
        .bind(message.client_id.map(|id| id.0)).bind(kind).bind(sender_id).bind(name)
        .bind(Json(&message.body)).bind(message.created_at)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// The beginning of a text on one line.
fn preview(text: &str) -> String {
    let line: String = text.chars().take(limits::PREVIEW_CHARS).collect();
    line.replace('\n', " ")
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
            client_id: row.client_id.map(ClientId::from),
            sender,
            body: row.body.0,
            created_at: row.created_at,
        }
    }
}
