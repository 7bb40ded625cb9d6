//! Appends messages: one, or a batch of many sessions.
//!
//! The head is locked, so the next sequence number is known without a query: a batch of any size
//! takes one INSERT. The heads are written when the transaction commits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use deskbell_protocol::{
    Body, ClientMessageId, ConversationId, Message, MessageId, SeenMarker, Sender, Status,
    WorkspaceId, limits,
};
use sqlx::types::Json;
use unicode_segmentation::UnicodeSegmentation as _;

use super::find_by_client_id;
use crate::conversations::LockedConversation;
use crate::conversations::head_updates::UpdateKind;
use crate::conversations::receipts::{AgentMarker, advance_to_own_messages};
use crate::db::rows::{query, runs};
use crate::error::or_conflict;
use crate::simulation::{self, Flaw};
use crate::{DomainEvent, Error, Handle, Result, Tx};

/// A message that is saved.
#[derive(Clone, Debug)]
pub struct Appended {
    pub message: Message,
    /// The head of the conversation with this message.
    pub conversation: LockedConversation,
    /// False if it was saved before, under the same client id.
    pub created: bool,
}

/// Locked heads by the id of their conversation.
pub type Heads = HashMap<ConversationId, LockedConversation>;

/// A message to append.
#[derive(Clone, Debug)]
pub struct Unsaved {
    pub conversation_id: ConversationId,
    pub sender: Sender,
    pub client_id: Option<ClientMessageId>,
    pub body: Body,
}

const INSERT: [&str; 2] = [
    "INSERT",
    " INTO messages (conversation_id, seq, id, workspace_id, client_id, sender_kind, sender_id, sender_name, body, created_at) VALUES ",
];
const INSERT_COLUMNS: usize = 10;

/// Appends a message. If the client id is used already, returns that message and changes nothing.
/// `Closed` if the conversation is closed.
pub async fn append(
    tx: &mut Tx,
    conversation: &LockedConversation,
    sender: &Sender,
    client_id: Option<ClientMessageId>,
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

/// Appends a message to a conversation that is not closed, under a new client id.
pub(crate) async fn append_new(
    tx: &mut Tx,
    conversation: &LockedConversation,
    sender: &Sender,
    client_id: Option<ClientMessageId>,
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

/// Appends messages to conversations that are not closed, in this order, and updates the heads. The
/// read marker of an agent who writes advances to their message if visitor texts before it are unread.
/// `Conflict` if a client id is used already, `NotFound` if a head is missing; the transaction must
/// then be dropped.
pub async fn append_all(
    tx: &mut Tx,
    heads: &mut Heads,
    unsaved: Vec<Unsaved>,
) -> Result<Vec<Message>> {
    let now = tx.now();
    let mut messages = Vec::with_capacity(unsaved.len());
    let mut workspaces = Vec::with_capacity(unsaved.len());
    let mut markers = BTreeMap::new();
    let mut woken = BTreeSet::new();
    for unsaved in unsaved {
        let locked = heads
            .get_mut(&unsaved.conversation_id)
            .ok_or(Error::NotFound)?;
        // Another node's clock may be ahead: within a conversation times never go back.
        let created_at = now.max(locked.last_created_at);
        locked.last_created_at = created_at;
        let head = &mut locked.head;
        head.last_seq += 1;
        if simulation::has(Flaw::SkipSeq) && head.last_seq % 8 == 0 {
            head.last_seq += 1;
        }
        head.revision += 1;
        if let Body::Text { text } = &unsaved.body {
            head.preview = preview(text);
            head.preview_by_agent = matches!(unsaved.sender, Sender::Agent { .. });
            head.last_message_at = created_at;
            if let Sender::Visitor { .. } = unsaved.sender {
                head.visitor_texts += 1;
                if head.attributes.snooze.take().is_some() {
                    woken.insert(head.id);
                }
            }
        }
        if let Sender::Agent { id, .. } = &unsaved.sender {
            // The last message of an agent replaces the earlier ones: one statement may not change
            // a row twice.
            let marker = AgentMarker {
                workspace_id: locked.workspace_id,
                user_id: *id,
                marker: SeenMarker {
                    conversation_id: unsaved.conversation_id,
                    seq: head.last_seq,
                    visitor_texts: head.visitor_texts,
                },
            };
            markers.insert((unsaved.conversation_id, *id), marker);
        }
        workspaces.push(locked.workspace_id);
        messages.push(Message {
            id: MessageId::from_parts(now, tx.random()),
            conversation_id: unsaved.conversation_id,
            seq: head.last_seq,
            client_id: unsaved.client_id,
            sender: unsaved.sender,
            body: unsaved.body,
            created_at,
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
    advance_to_own_messages(tx, markers.into_values().collect()).await?;
    let touched: BTreeSet<_> = messages.iter().map(|it| it.conversation_id).collect();
    for locked in touched.iter().filter_map(|id| heads.get(id)) {
        let kind = match woken.contains(&locked.id) {
            true => UpdateKind::Set,
            false => UpdateKind::Moved,
        };
        tx.head_updates.record(locked, Some(locked.status), kind);
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

/// The beginning of a text on one line: at most [`limits::PREVIEW_CHARS`] characters, cut between
/// graphemes so that no flag, family or accented letter is torn apart.
pub fn preview(text: &str) -> String {
    let Some((limit, _)) = text.char_indices().nth(limits::PREVIEW_CHARS) else {
        return text.replace('\n', " ");
    };
    let starts = text.grapheme_indices(true).map(|(start, _)| start);
    let last = starts.take_while(|start| *start <= limit).last();
    // A single grapheme may be longer than a preview: then it is cut all the same.
    let end = last.filter(|end| *end > 0).unwrap_or(limit);
    text[..end].replace('\n', " ")
}
