//! Notes of agents beside a conversation. Each has a sequence number among the conversation's notes and a
//! client id, which makes a repeated request idempotent.

use deskbell_protocol::{
    AgentView, ClientMessageId, ConversationId, Mention, Note, Seq, WorkspaceId,
};
use sqlx::FromRow;
use sqlx::types::{Json, Uuid};

use crate::conversations::LockedConversation;
use crate::error::or_conflict;
use crate::{DomainEvent, Handle, Result, Tx};

/// A note to save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNote {
    pub client_id: ClientMessageId,
    pub author: AgentView,
    pub text: String,
    pub mentions: Vec<Mention>,
}

#[derive(FromRow)]
struct Row {
    conversation_id: Uuid,
    seq: i64,
    client_id: Uuid,
    after_seq: i64,
    author_id: Uuid,
    author_name: String,
    text: String,
    mentions: Json<Vec<Mention>>,
    created_at: i64,
}

macro_rules! select_note {
    ($clauses:literal) => {
        concat!(
            "SELECT conversation_id, seq, client_id, after_seq, author_id, author_name, text, mentions, created_at ",
            "FROM notes ",
            $clauses
        )
    };
}

const INSERT: &str = "INSERT INTO notes (conversation_id, seq, workspace_id, client_id, after_seq, author_id, \
    author_name, text, mentions, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const BY_CLIENT_ID: &str =
    select_note!("WHERE conversation_id = $1 AND client_id = $2 AND workspace_id = $3");
const AFTER: &str = select_note!(
    "WHERE conversation_id = $1 AND seq > $2 AND workspace_id = $3 ORDER BY seq LIMIT $4"
);
const LAST: &str =
    select_note!("WHERE conversation_id = $1 AND workspace_id = $2 ORDER BY seq DESC LIMIT 1");

/// Finds a note by its client id.
pub async fn find_by_client_id(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    client_id: ClientMessageId,
) -> Result<Option<Note>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(BY_CLIENT_ID)
        .bind(conversation_id.0).bind(client_id.0).bind(workspace_id.0).fetch_optional(c).await)?;
    Ok(row.map(Note::from))
}

/// Finds the newest note of a conversation.
pub async fn find_last(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
) -> Result<Option<Note>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(LAST)
        .bind(conversation_id.0).bind(workspace_id.0).fetch_optional(c).await)?;
    Ok(row.map(Note::from))
}

/// Lists the notes after `after`, in order, and whether there are more.
pub async fn page_after(
    handle: &mut impl Handle,
    workspace_id: WorkspaceId,
    conversation_id: ConversationId,
    after: Seq,
    limit: usize,
) -> Result<(Vec<Note>, bool)> {
    let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows: Vec<Row> = on!(handle, c => sqlx::query_as(AFTER)
        .bind(conversation_id.0).bind(after).bind(workspace_id.0).bind(one_more).fetch_all(c).await)?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows.into_iter().map(Note::from).collect(), more))
}

/// Saves a note under a new client id, after `last`, the newest one. `Conflict` if the client id is used
/// already.
pub async fn append(
    tx: &mut Tx,
    conversation: &LockedConversation,
    last: Option<&Note>,
    new: NewNote,
) -> Result<Note> {
    // Another node's clock may be ahead: among the notes of a conversation times never go back.
    let created_at = last.map_or(tx.now(), |last| last.created_at.max(tx.now()));
    let note = Note {
        conversation_id: conversation.id,
        seq: last.map_or(1, |last| last.seq + 1),
        client_id: new.client_id,
        after_seq: conversation.last_seq,
        author: new.author,
        text: new.text,
        mentions: new.mentions,
        created_at,
    };
    let workspace_id = conversation.workspace_id;
    on!(tx, c => sqlx::query(INSERT)
        .bind(note.conversation_id.0).bind(note.seq).bind(workspace_id.0).bind(note.client_id.0)
        .bind(note.after_seq).bind(note.author.id.0).bind(&note.author.name).bind(&note.text)
        .bind(Json(&note.mentions)).bind(note.created_at)
        .execute(c).await.map(drop))
    .map_err(or_conflict("note"))?;
    tx.emit(DomainEvent::NoteCreated {
        workspace_id,
        note: note.clone(),
    });
    Ok(note)
}

impl From<Row> for Note {
    fn from(row: Row) -> Self {
        Self {
            conversation_id: row.conversation_id.into(),
            seq: row.seq,
            client_id: row.client_id.into(),
            after_seq: row.after_seq,
            author: AgentView {
                id: row.author_id.into(),
                name: row.author_name,
            },
            text: row.text,
            mentions: row.mentions.0,
            created_at: row.created_at,
        }
    }
}
