//! Conversations: the commands of visitors and agents.

pub mod absence;
pub mod assignment;
pub mod attributes;
pub mod canned_responses;
pub mod escalation;
pub mod inbox;
pub mod notes;
pub mod notifications;
pub mod snoozing;
pub mod writing;

use deskbell_base::error::{AppError, AppResult};
use deskbell_base::scope::Scope;
use deskbell_base::text;
use deskbell_protocol::{
    AgentView, Body, ClientMessageId, Conversation, ConversationId, ErrorCode, Event, Message,
    Receipts, Sender, Seq, Status, WorkspaceId, limits,
};
use deskbell_store::conversations::LockedConversation;
use deskbell_store::conversations::{self, messages, receipts};
use deskbell_store::{Handle, Tx, VisitorScope, WorkspaceScope};

use crate::conversations::assignment::{lock_shared_member, lock_shared_own_membership};
use crate::core::Core;
use crate::workspace::quotas;

/// After an agent has resolved a conversation, a `reopen` by the same agent within this time undoes
/// it. Long enough for the undo that a client offers for ten seconds, and for a slow network.
const UNDO_MS: i64 = 20_000;

/// A conversation with some of its messages.
pub struct Page {
    pub conversation: Conversation,
    pub messages: Vec<Message>,
    pub more: bool,
    /// The receipts of both sides.
    pub receipts: Receipts,
}

/// Gets the conversation, if the caller may see it.
pub async fn access(core: &Core, scope: &Scope, id: ConversationId) -> AppResult<Conversation> {
    let mut reader = core.db.read().await?;
    Ok(match scope {
        Scope::Visitor(visitor) => conversations::get_for_visitor(&mut reader, visitor, id).await?,
        Scope::Agent(agent) => conversations::get_for_agent(&mut reader, agent, id).await?,
    })
}

/// Reads the messages after `after_seq`, or the newest page.
pub async fn read_from(
    core: &Core,
    scope: &Scope,
    id: ConversationId,
    after_seq: Option<Seq>,
) -> AppResult<Page> {
    let conversation = access(core, scope, id).await?;
    let mut reader = core.db.read().await?;
    let workspace_id = scope.workspace_id();
    let (messages, more) = match after_seq {
        Some(after) => {
            let after = after.clamp(0, conversation.last_seq);
            let most = limits::RESUME_MESSAGES;
            let (mut messages, more) =
                messages::page_after(&mut reader, workspace_id, id, after, most).await?;
            let read = messages.len();
            messages.truncate(fitting(messages.iter().map(size)));
            let more = more || messages.len() < read;
            (messages, more)
        }
        None => newest_before(&mut reader, workspace_id, id, None).await?,
    };
    Ok(Page {
        conversation,
        messages,
        more,
        receipts: receipts::get(&mut reader, workspace_id, id).await?,
    })
}

/// Reads the messages before `before_seq`, and whether there are older ones.
pub async fn read_before(
    core: &Core,
    scope: &Scope,
    id: ConversationId,
    before_seq: Seq,
) -> AppResult<(Vec<Message>, bool)> {
    access(core, scope, id).await?;
    let mut reader = core.db.read().await?;
    newest_before(&mut reader, scope.workspace_id(), id, Some(before_seq)).await
}

/// Reads a page of older messages.
pub async fn load(
    core: &Core,
    scope: &Scope,
    conversation_id: ConversationId,
    before_seq: Seq,
) -> AppResult<Event> {
    let (messages, more) = read_before(core, scope, conversation_id, before_seq).await?;
    Ok(Event::Page {
        conversation_id,
        messages,
        more,
    })
}

async fn newest_before(
    reader: &mut impl Handle,
    workspace_id: WorkspaceId,
    id: ConversationId,
    before: Option<Seq>,
) -> AppResult<(Vec<Message>, bool)> {
    let most = limits::PAGE_MESSAGES;
    let (messages, more) = messages::page_before(reader, workspace_id, id, before, most).await?;
    let left_out = messages
        .len()
        .saturating_sub(fitting(messages.iter().rev().map(size)));
    let more = more || left_out > 0;
    Ok((messages.into_iter().skip(left_out).collect(), more))
}

/// The number of messages of these sizes that fit into one answer; at least one. A frame of unlimited size
/// would block a slow client.
fn fitting(sizes: impl Iterator<Item = usize>) -> usize {
    let sums = sizes.scan(0, |bytes, size| {
        *bytes += size;
        Some(*bytes)
    });
    sums.take_while(|bytes| *bytes <= limits::PAGE_BYTES)
        .count()
        .max(1)
}

/// The approximate size of a message in a frame, in bytes.
fn size(message: &Message) -> usize {
    match &message.body {
        Body::Text { text } => escaped_size(text),
        _ => escaped_size(""),
    }
}

/// The approximate size of something with this text in a frame, in bytes: in JSON a control character
/// takes six.
fn escaped_size(text: &str) -> usize {
    const ALL_BUT_THE_TEXT: usize = 512;
    let escaped = text.bytes().map(|byte| match byte {
        0..b' ' => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    });
    ALL_BUT_THE_TEXT + escaped.sum::<usize>()
}

/// Starts a conversation with a visitor's first message.
pub async fn start(
    core: &Core,
    visitor: &VisitorScope,
    client_id: ClientMessageId,
    words: &str,
) -> AppResult<Event> {
    let words = text::message(words)?;
    let mut tx = core.begin().await?;
    let started = conversations::start(&mut tx, visitor, client_id, &words).await?;
    if started.created {
        quotas::count_conversation(core, &mut tx, visitor.workspace_id).await?;
    }
    tx.commit().await?;
    Ok(Event::Started {
        conversation: started.conversation,
        message: started.message,
    })
}

/// Resolves a conversation.
pub async fn resolve(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> AppResult<Conversation> {
    let body = Body::Resolved {
        name: agent.user.name.clone(),
    };
    change(core, agent, id, Status::Resolved, body).await
}

/// Reopens a resolved conversation and assigns it to the agent. Shortly after the same agent has
/// resolved it, this is an undo: the conversation is assigned to the previous agent again.
pub async fn reopen(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> AppResult<Conversation> {
    let body = Body::Reopened {
        name: agent.user.name.clone(),
    };
    change(core, agent, id, Status::Active, body).await
}

/// Closes a conversation for good.
pub async fn close(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> AppResult<Conversation> {
    let body = Body::Closed {
        name: agent.user.name.clone(),
    };
    change(core, agent, id, Status::Closed, body).await
}

async fn change(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
    to: Status,
    body: Body,
) -> AppResult<Conversation> {
    let mut tx = core.begin().await?;
    let before = match to {
        Status::Active => lock_shared_assignees(&mut tx, agent, id).await?,
        _ => None,
    };
    let conversation = conversations::lock_for_agent(&mut tx, agent, id).await?;
    if conversation.status == to {
        return Ok(conversation.into_head());
    }
    if conversation.status == Status::Closed {
        return Err(AppError::closed());
    }
    if to == Status::Active && conversation.status != Status::Resolved {
        return Err(AppError::new(
            ErrorCode::Conflict,
            "Only a resolved conversation can be reopened.",
        ));
    }
    let (to, assignee) = match to {
        Status::Active => reopened_for(&mut tx, agent, &conversation, before).await?,
        _ => (to, conversation.assignee.clone()),
    };
    // The system message is saved before the conversation becomes read-only.
    let told = messages::append(&mut tx, &conversation, &Sender::System, None, &body).await?;
    let conversation = match to {
        // Only an undo makes a conversation waiting here.
        Status::Waiting => conversations::restore_waiting(&mut tx, &told.conversation),
        to => conversations::set_status(&mut tx, &told.conversation, to, assignee),
    };
    tx.commit().await?;
    Ok(conversation.into_head())
}

/// Locks the memberships of the agent and of the assigned member until the commit. Returns the
/// assigned member, if they are still one.
async fn lock_shared_assignees(
    tx: &mut Tx,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> AppResult<Option<AgentView>> {
    lock_shared_own_membership(tx, agent).await?;
    let assignee = conversations::get_for_agent(tx, agent, id).await?.assignee;
    lock_shared_member(tx, agent.workspace_id, assignee).await
}

/// The status and the assignee of a conversation that an agent reopens. `before`: the member to
/// whom it is assigned.
async fn reopened_for(
    tx: &mut Tx,
    agent: &WorkspaceScope,
    resolved: &LockedConversation,
    before: Option<AgentView>,
) -> AppResult<(Status, Option<AgentView>)> {
    let own = (Status::Active, Some(agent.user.clone()));
    let workspace_id = agent.workspace_id;
    let (newest, _) = messages::page_before(tx, workspace_id, resolved.id, None, 1).await?;
    let is_undo = newest.last().is_some_and(|message| {
        tx.now() - message.created_at <= UNDO_MS
            && matches!(&message.body, Body::Resolved { name } if *name == agent.user.name)
    });
    if !is_undo {
        return Ok(own);
    }
    Ok(match (&resolved.assignee, before) {
        (None, _) => (Status::Waiting, None),
        (Some(assignee), Some(before)) if assignee.id == before.id => {
            (Status::Active, Some(before))
        }
        (Some(_), _) => own,
    })
}
