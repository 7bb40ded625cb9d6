//! Writing messages: decides which messages of a batch are saved, and the answer to each.
//!
//! A batch is one transaction, because a commit waits for the disk and each statement costs a round
//! trip to the database, however many rows it has. The server's message writer collects the
//! batches.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::scope::Scope;
use deskbell_protocol::{
    AgentView, Body, ClientMessageId, ConversationId, ErrorCode, Message, Sender, Status, UserId,
    WorkspaceId,
};
use deskbell_store::conversations::messages::{self, Unsaved};
use deskbell_store::conversations::{self, LockedConversation};

use crate::conversations::assignment::{
    already_claimed, lock_shared_member, lock_shared_own_membership,
};
use crate::core::Core;

/// A message to be saved, as the `send` command describes it. [`deskbell_base::text::message`] has checked its
/// text.
#[derive(Clone, Debug)]
pub struct OutgoingMessage {
    pub conversation_id: ConversationId,
    pub client_id: ClientMessageId,
    pub text: String,
    /// Agent: the colleague to whom the conversation is assigned in the sender's view.
    pub assignee: Option<UserId>,
}

/// A message, and the scope of its sender.
pub struct NewMessage {
    pub scope: Scope,
    pub message: OutgoingMessage,
}

impl OutgoingMessage {
    fn body(&self) -> Body {
        Body::Text {
            text: self.text.clone(),
        }
    }
}

/// The outcome of one message of a batch.
pub enum Outcome {
    /// It is saved or refused.
    Answer(Box<AppResult<Message>>),
    /// A visitor's message: the resolved conversation must be reopened first.
    Reopen,
    /// An agent's message: the conversation is assigned to them in the transaction that saves it.
    Assign,
    /// The same client id is in this batch already: the next batch finds it.
    Later,
}

/// How a batch checks for messages that were saved before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DuplicateCheck {
    /// Only for messages that may not be saved. For the others the database refuses a duplicate.
    WhereRefused,
    /// For all messages, because the database has refused a duplicate.
    Everywhere,
}

/// How long a batch waits for locks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LockWait {
    /// As long as the database is configured to wait.
    Normal,
    /// [`SHORT_LOCK_WAIT`]: the batch that contained these messages has waited already.
    Short,
}

/// The lock timeout of a second attempt.
const SHORT_LOCK_WAIT: Duration = Duration::from_millis(100);

/// Saves a batch in one transaction. `Conflict` if one of the messages was saved before and the
/// check was [`DuplicateCheck::WhereRefused`]; then nothing is saved.
pub async fn save<M: AsRef<NewMessage>>(
    core: &Core,
    batch: &[M],
    check: DuplicateCheck,
    wait: LockWait,
) -> AppResult<Vec<Outcome>> {
    let mut tx = core.db.begin_batch(clock::now()).await?;
    if wait == LockWait::Short {
        tx.limit_lock_wait(SHORT_LOCK_WAIT).await?;
    }
    let batch: Vec<&NewMessage> = batch.iter().map(AsRef::as_ref).collect();
    let ids: BTreeSet<_> = batch.iter().map(|it| it.message.conversation_id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let mut heads = conversations::lock_all(&mut tx, &ids).await?;
    let is_doubtful = |message: &&&NewMessage| {
        let head = heads.get(&message.message.conversation_id);
        check == DuplicateCheck::Everywhere || !head.is_some_and(|head| message.is_writable(head))
    };
    let doubtful = batch.iter().filter(is_doubtful);
    let doubtful: Vec<_> = doubtful.map(|message| message.key()).collect();
    let known = messages::find_all_by_client_id(&mut tx, &doubtful).await?;
    let mut outcomes = Vec::with_capacity(batch.len());
    let mut unsaved = Vec::with_capacity(batch.len());
    let mut taken = HashSet::with_capacity(batch.len());
    for message in batch {
        let head = heads.get(&message.message.conversation_id);
        let outcome = match message.decide(head, known.get(&message.key())) {
            Decision::Save(_) if !taken.insert(message.key()) => Some(Outcome::Later),
            Decision::Save(message) => {
                unsaved.push(message);
                None
            }
            Decision::Reopen => Some(Outcome::Reopen),
            Decision::Assign => Some(Outcome::Assign),
            Decision::Answer(answer) => Some(Outcome::Answer(answer)),
        };
        outcomes.push(outcome);
    }
    let saved = messages::append_all(&mut tx, &mut heads, unsaved).await?;
    tx.cache_heads(heads);
    tx.commit().await?;
    let mut saved = saved.into_iter();
    let outcomes = outcomes.into_iter().map(|outcome| {
        outcome
            .or_else(|| {
                saved
                    .next()
                    .map(|message| Outcome::Answer(Box::new(Ok(message))))
            })
            .unwrap_or(Outcome::Later)
    });
    Ok(outcomes.collect())
}

/// Reopens a resolved conversation in which its visitor writes: for its agent if that is a member
/// who is reachable, otherwise for all agents.
pub async fn reopen(
    core: &Core,
    sending: &NewMessage,
    is_online: impl Fn(WorkspaceId, UserId) -> bool,
) -> AppResult<()> {
    let Scope::Visitor(visitor) = &sending.scope else {
        return Ok(());
    };
    let workspace_id = visitor.workspace_id;
    let mut tx = core.begin().await?;
    let id = sending.message.conversation_id;
    let before = conversations::get_for_visitor(&mut tx, visitor, id).await?;
    let agent = lock_shared_member(&mut tx, workspace_id, before.assignee).await?;
    let resolved =
        conversations::lock_for_visitor(&mut tx, visitor, sending.message.conversation_id).await?;
    if resolved.status != Status::Resolved {
        return Ok(());
    }
    let is_reachable = |agent: &AgentView| {
        resolved
            .assignee
            .as_ref()
            .is_some_and(|it| it.id == agent.id)
            && is_online(workspace_id, agent.id)
    };
    let (status, assignee) = match agent.filter(is_reachable) {
        Some(agent) => (Status::Active, Some(agent)),
        None => (Status::Waiting, None),
    };
    let reopened = conversations::set_status(&mut tx, &resolved, status, assignee);
    let body = Body::Reopened {
        name: visitor.name.clone(),
    };
    messages::append(&mut tx, &reopened, &Sender::System, None, &body).await?;
    Ok(tx.commit().await?)
}

/// Claims a waiting conversation, or reopens a resolved one, for the agent who writes in it, and
/// saves the message in the same transaction. `None` if neither is needed any more: then the
/// message must be decided again.
pub async fn assign_and_save(core: &Core, sending: &NewMessage) -> AppResult<Option<Message>> {
    let Scope::Agent(agent) = &sending.scope else {
        return Ok(None);
    };
    let message = &sending.message;
    let mut tx = core.begin().await?;
    lock_shared_own_membership(&mut tx, agent).await?;
    let unassigned = conversations::lock_for_agent(&mut tx, agent, message.conversation_id).await?;
    let name = agent.user.name.clone();
    let told = match unassigned.status {
        Status::Resolved => Body::Reopened { name },
        Status::Waiting => Body::Joined { name },
        Status::Active if unassigned.assignee.is_none() => Body::Joined { name },
        _ => return Ok(None),
    };
    let known = messages::find_all_by_client_id(&mut tx, &[sending.key()]).await?;
    if !known.is_empty() {
        return Ok(None);
    }
    let assignee = Some(agent.user.clone());
    let assigned = conversations::set_status(&mut tx, &unassigned, Status::Active, assignee);
    let told = messages::append(&mut tx, &assigned, &Sender::System, None, &told).await?;
    let (sender, body) = (sending.sender(), message.body());
    let client_id = Some(message.client_id);
    let saved = messages::append(&mut tx, &told.conversation, &sender, client_id, &body).await?;
    tx.commit().await?;
    Ok(Some(saved.message))
}

enum Decision {
    Save(Unsaved),
    Reopen,
    Assign,
    Answer(Box<AppResult<Message>>),
}

impl NewMessage {
    fn key(&self) -> (ConversationId, ClientMessageId) {
        (self.message.conversation_id, self.message.client_id)
    }

    /// Whether the conversation accepts this message, duplicates aside.
    fn is_writable(&self, head: &LockedConversation) -> bool {
        match self.scope {
            Scope::Visitor(_) => matches!(head.status, Status::Waiting | Status::Active),
            Scope::Agent(_) => head.status == Status::Active && self.is_expected(head),
        }
    }

    /// Whether an active conversation is assigned to the agent, or to the colleague whom the agent
    /// names.
    fn is_expected(&self, head: &LockedConversation) -> bool {
        let (Scope::Agent(agent), Some(assignee)) = (&self.scope, &head.assignee) else {
            return false;
        };
        assignee.id == agent.user.id || self.message.assignee == Some(assignee.id)
    }

    fn decide(&self, head: Option<&LockedConversation>, known: Option<&Message>) -> Decision {
        let refuse = |error| Decision::Answer(Box::new(Err(error)));
        let Some(head) = head.filter(|head| self.reaches(head)) else {
            return refuse(deskbell_store::Error::NotFound.into());
        };
        // A repeated message gets the same answer as the first, even if the conversation has
        // changed.
        if let Some(message) = known {
            return if self.wrote(message) {
                Decision::Answer(Box::new(Ok(message.clone())))
            } else {
                refuse(AppError::new(
                    ErrorCode::Conflict,
                    "This client_id belongs to someone else's message.",
                ))
            };
        }
        match (&self.scope, head.status) {
            (_, Status::Closed) => return refuse(AppError::closed()),
            (Scope::Visitor(_), Status::Resolved) => return Decision::Reopen,
            (Scope::Agent(_), Status::Waiting | Status::Resolved) => return Decision::Assign,
            (Scope::Agent(_), Status::Active) if head.assignee.is_none() => {
                return Decision::Assign;
            }
            (Scope::Agent(_), _) if !self.is_expected(head) => {
                return refuse(already_claimed(head.assignee.clone()));
            }
            (Scope::Visitor(_) | Scope::Agent(_), _) => {}
        }
        Decision::Save(Unsaved {
            conversation_id: self.message.conversation_id,
            sender: self.sender(),
            client_id: Some(self.message.client_id),
            body: self.message.body(),
        })
    }

    fn sender(&self) -> Sender {
        match &self.scope {
            Scope::Visitor(visitor) => Sender::Visitor {
                id: visitor.visitor_id,
                name: visitor.name.clone(),
            },
            Scope::Agent(agent) => Sender::Agent {
                id: agent.user.id,
                name: agent.user.name.clone(),
            },
        }
    }

    fn reaches(&self, head: &LockedConversation) -> bool {
        match &self.scope {
            Scope::Visitor(visitor) => head.is_of_visitor(visitor),
            Scope::Agent(agent) => head.is_of_workspace(agent.workspace_id),
        }
    }

    fn wrote(&self, message: &Message) -> bool {
        match (&self.scope, &message.sender) {
            (Scope::Visitor(visitor), Sender::Visitor { id, .. }) => visitor.visitor_id == *id,
            (Scope::Agent(agent), Sender::Agent { id, .. }) => agent.user.id == *id,
            _ => false,
        }
    }
}
