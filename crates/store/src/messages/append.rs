//! Adding messages: one, or all that many sessions have said at the same time.
//!
//! The head is locked, so the next place is known without asking: a batch of any size takes one
//! statement for the messages. The heads are written when the transaction commits.

use std::collections::{BTreeSet, HashMap};

use deskbell_protocol::{
    Body, ClientId, ConversationId, Message, MessageId, Sender, Status, WorkspaceId, limits,
};
use sqlx::types::Json;

use super::find_by_client_id;
use crate::changes::Kind;
use crate::conversations::Locked;
use crate::error::or_conflict;
use crate::rows::{query, runs};
use crate::simulation::{self, Flaw};
use crate::{DomainEvent, Error, Handle, Result, Tx};

/// A message that stands in its conversation.
#[derive(Clone, Debug)]
pub struct Appended {
    pub message: Message,
    /// The conversation's head with it.
    pub conversation: Locked,
    /// False when it stood there before, under the same client id.
    pub created: bool,
}

/// Locked heads by their conversation.
pub type Heads = HashMap<ConversationId, Locked>;

/// A message to be added.
#[derive(Clone, Debug)]
pub struct Unsaved {
    pub conversation_id: ConversationId,
    pub sender: Sender,
    pub client_id: Option<ClientId>,
    pub body: Body,
}

const INSERT: [&str; 2] = [
    "INSERT",
    " INTO messages (conversation_id, seq, id, workspace_id, client_id, sender_kind, sender_id, sender_name, body, created_at) VALUES ",
];
const INSERT_COLUMNS: usize = 10;

/// Adds a message at the next place. With a client id that stands there already: that message,
/// and nothing changes. `Closed` when the conversation is.
pub async fn append(
    tx: &mut Tx,
    conversation: &Locked,
    sender: &Sender,
    client_id: Option<ClientId>,
    body: &Body,
) -> Result<Appended> {
    let (workspace_id, id) = (conversation.workspace_id, conversation.id);
    if let Some(client_id) = client_id
        && let Some(message) = find_by_client_id(tx, workspace_id, id, client_id).await?
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
    append_new(tx, conversation, sender, client_id, body).await
}

/// Adds a message at the next place of a conversation that is open for it, under a client id that
/// is new there.
pub(crate) async fn append_new(
    tx: &mut Tx,
    conversation: &Locked,
    sender: &Sender,
    client_id: Option<ClientId>,
    body: &Body,
) -> Result<Appended> {
    let id = conversation.id;
    let mut heads = Heads::from([(id, conversation.clone())]);
    let unsaved = Unsaved {
        conversation_id: id,
        sender: sender.clone(),
        client_id,
        body: body.clone(),
    };
    let mut messages = append_all(tx, &mut heads, vec![unsaved]).await?;
    match (messages.pop(), heads.remove(&id)) {
        (Some(message), Some(conversation)) => Ok(Appended {
            message,
            conversation,
            created: true,
        }),
        _ => Err(Error::NotFound),
    }
}

/// Adds messages to conversations that are not closed, each at the next place, in this order, and
/// brings the heads up to date. `Conflict` when a client id stands there already, `NotFound` when
/// a head is missing; the transaction is then of no more use.
pub async fn append_all(
    tx: &mut Tx,
    heads: &mut Heads,
    unsaved: Vec<Unsaved>,
) -> Result<Vec<Message>> {
    let now = tx.now();
    let mut messages = Vec::with_capacity(unsaved.len());
    let mut workspaces = Vec::with_capacity(unsaved.len());
    for unsaved in unsaved {
        let locked = heads
            .get_mut(&unsaved.conversation_id)
            .ok_or(Error::NotFound)?;
        let head = &mut locked.head;
        head.last_seq += 1;
        if simulation::has(Flaw::SkipSeq) && head.last_seq % 8 == 0 {
            head.last_seq += 1;
        }
        head.revision += 1;
        if let Body::Text { text } = &unsaved.body {
            head.preview = preview(text);
            head.preview_by_agent = matches!(unsaved.sender, Sender::Agent { .. });
            head.last_message_at = now;
            head.visitor_texts += i64::from(matches!(unsaved.sender, Sender::Visitor { .. }));
        }
        workspaces.push(locked.workspace_id);
        messages.push(Message {
            id: MessageId::from_parts(now, tx.random()),
            conversation_id: unsaved.conversation_id,
            seq: head.last_seq,
            client_id: unsaved.client_id,
            sender: unsaved.sender,
            body: unsaved.body,
            created_at: now,
        });
    }
    let rows: Vec<_> = messages.iter().zip(workspaces.iter().copied()).collect();
    insert(tx, &rows).await?;
    for (message, workspace_id) in messages.iter().zip(workspaces) {
        tx.emit(DomainEvent::MessageCreated {
            workspace_id,
            message: message.clone(),
        });
    }
    let touched: BTreeSet<_> = messages.iter().map(|it| it.conversation_id).collect();
    for locked in touched.iter().filter_map(|id| heads.get(id)) {
        tx.changes.note(locked, Some(locked.status), Kind::Moved);
    }
    Ok(messages)
}

async fn insert(tx: &mut Tx, rows: &[(&Message, WorkspaceId)]) -> Result<()> {
    for run in runs(rows) {
        let [begin, end] = INSERT;
        let sql = begin.to_owned()
            + tx.or_fail()
            + end
            + &tx.placeholders().rows(run.len(), INSERT_COLUMNS);
        on!(tx, c => {
            let mut query = query(sql, run.len() * INSERT_COLUMNS);
            for (message, workspace_id) in run {
                let (kind, sender_id, name) = match &message.sender {
                    Sender::Visitor { id, name } => ("visitor", Some(id.0), name.as_str()),
                    Sender::Agent { id, name } => ("agent", Some(id.0), name.as_str()),
                    Sender::System | Sender::Unknown => ("system", None, ""),
                };
                query = query
                    .bind(message.conversation_id.0).bind(message.seq).bind(message.id.0).bind(workspace_id.0)
                    .bind(message.client_id.map(|id| id.0)).bind(kind).bind(sender_id).bind(name)
                    .bind(Json(&message.body)).bind(message.created_at);
            }
            query.execute(c).await.map(drop)
        })
        .map_err(or_conflict("message"))?;
    }
    Ok(())
}

/// The beginning of a text on one line.
fn preview(text: &str) -> String {
    let end = text.char_indices().nth(limits::PREVIEW_CHARS);
    let end = end.map_or(text.len(), |(place, _)| place);
    text[..end].replace('\n', " ")
}
