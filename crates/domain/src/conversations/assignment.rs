//! Assignment: who answers a conversation. An agent claims it, a member assigns it to an agent or
//! returns it to the queue.
//!
//! Each change is one transaction under the lock of the conversation, with a system message. The
//! membership of the new assignee is locked before, so that a conversation is never assigned to
//! a member who has just left.

use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::{
    AgentView, Assignment, Body, Conversation, ConversationId, ErrorBody, ErrorCode,
    NotificationKind, Sender, Status, UserId, WorkspaceId,
};
use deskbell_store::conversations::notifications::{self, NewNotification};
use deskbell_store::conversations::{self, Claim, LockedConversation, messages};
use deskbell_store::workspace::members;
use deskbell_store::{Tx, WorkspaceScope};

use crate::core::Core;

/// Claims a waiting conversation; of two concurrent claims one succeeds.
pub async fn claim(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
) -> AppResult<Conversation> {
    let mut tx = core.begin().await?;
    lock_shared_own_membership(&mut tx, agent).await?;
    match conversations::claim(&mut tx, agent, id).await? {
        Claim::Claimed(conversation) => {
            let body = Body::Joined {
                name: agent.user.name.clone(),
            };
            announce(tx, &conversation, &body).await
        }
        // A repeated claim by the assignee gets the same answer as the first.
        Claim::Lost(conversation)
            if conversation.assignee.as_ref() == Some(&agent.user)
                && conversation.status.is_open() =>
        {
            Ok(conversation)
        }
        Claim::Lost(conversation) if conversation.status == Status::Closed => {
            Err(AppError::closed())
        }
        Claim::Lost(conversation) => Err(already_claimed(conversation.assignee)),
    }
}

/// Assigns a conversation that is waiting or active. `from`: the assignment that the caller has
/// seen; if it is another one by now, nothing changes.
pub async fn assign(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
    to: Assignment,
    from: Option<Assignment>,
) -> AppResult<Conversation> {
    let mut tx = core.begin().await?;
    // Nobody learns who is a member through a conversation that does not exist for the caller.
    conversations::get_for_agent(&mut tx, agent, id).await?;
    let assignee = match to {
        Assignment::Queue => None,
        Assignment::Agent { user_id } => Some(lock_assignee(&mut tx, agent, user_id).await?),
    };
    let before = conversations::lock_for_agent(&mut tx, agent, id).await?;
    let is_assigned_so = match &assignee {
        None => before.status == Status::Waiting,
        Some(agent) => {
            before.status == Status::Active
                && before.assignee.as_ref().map(|it| it.id) == Some(agent.id)
        }
    };
    match before.status {
        Status::Closed => return Err(AppError::closed()),
        Status::Resolved => {
            return Err(AppError::new(
                ErrorCode::Conflict,
                "A resolved conversation cannot be assigned. Reopen it first.",
            ));
        }
        _ if is_assigned_so => return Ok(before.into_head()),
        _ => {}
    }
    if from.is_some_and(|from| from != before.assignment()) {
        return Err(reassigned(before.assignee.clone()));
    }
    let by = agent.user.name.clone();
    let (status, body) = match &assignee {
        None => (Status::Waiting, Body::Released { name: by }),
        Some(assignee) if assignee.id == agent.user.id => (
            Status::Active,
            Body::Joined {
                name: assignee.name.clone(),
            },
        ),
        Some(assignee) => (
            Status::Active,
            Body::Assigned {
                name: assignee.name.clone(),
                by,
            },
        ),
    };
    let notified = assignee.as_ref().map(|it| it.id);
    let assigned = conversations::set_status(&mut tx, &before, status, assignee);
    if let Some(user) = notified.filter(|user| *user != agent.user.id) {
        let news = NewNotification {
            kind: NotificationKind::Assignment,
            conversation_id: id,
            by: agent.user.clone(),
            text: assigned.preview.clone(),
        };
        notifications::notify(&mut tx, agent.workspace_id, &[user], &news).await?;
    }
    announce(tx, &assigned, &body).await
}

/// The refusal for an agent whose view of the assignee is outdated.
pub fn already_claimed(winner: Option<AgentView>) -> AppError {
    let message = match &winner {
        Some(winner) => format!("{} claimed this conversation.", winner.name),
        None => "This conversation is no longer waiting.".to_owned(),
    };
    outdated(winner, message)
}

/// The refusal for a member who assigns a conversation that has been reassigned in the meantime.
fn reassigned(winner: Option<AgentView>) -> AppError {
    let message = match &winner {
        Some(winner) => format!("This conversation is assigned to {} now.", winner.name),
        None => "This conversation was returned to the queue in the meantime.".to_owned(),
    };
    outdated(winner, message)
}

fn outdated(winner: Option<AgentView>, message: String) -> AppError {
    let mut body = ErrorBody::new(ErrorCode::AlreadyClaimed, message);
    body.winner = winner;
    AppError::from(body)
}

/// Locks the membership of an agent to whom a conversation is about to be assigned, so that it does
/// not change before the commit. An operator who has entered the workspace has none.
pub async fn lock_shared_own_membership(tx: &mut Tx, agent: &WorkspaceScope) -> AppResult<()> {
    match members::lock_shared_membership(tx, agent.workspace_id, agent.user.id).await {
        Err(deskbell_store::Error::NotFound) => Err(AppError::new(
            ErrorCode::Forbidden,
            "Only members of this workspace can be assigned conversations. Ask a member to reply.",
        )),
        held => Ok(held?),
    }
}

/// Locks the membership of an assignee until the commit; `None` if they are not a member any more.
/// Memberships are locked before conversations.
pub async fn lock_shared_member(
    tx: &mut Tx,
    workspace_id: WorkspaceId,
    assignee: Option<AgentView>,
) -> AppResult<Option<AgentView>> {
    let Some(assignee) = assignee else {
        return Ok(None);
    };
    match members::lock_shared_membership(tx, workspace_id, assignee.id).await {
        Ok(()) => Ok(Some(assignee)),
        Err(deskbell_store::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Locks the membership of a new assignee whom the caller has named.
async fn lock_assignee(
    tx: &mut Tx,
    agent: &WorkspaceScope,
    user_id: UserId,
) -> AppResult<AgentView> {
    let refused = || {
        AppError::invalid(
            "to",
            "This person is not a member of the workspace. Choose a member.",
        )
    };
    match members::lock_shared_membership(tx, agent.workspace_id, user_id).await {
        Err(deskbell_store::Error::NotFound) => return Err(refused()),
        held => held?,
    }
    let member = members::get_member(tx, agent, user_id).await?;
    Ok(AgentView {
        id: member.user_id,
        name: member.name,
    })
}

/// Appends the system message about the change, and commits.
async fn announce(
    mut tx: Tx,
    conversation: &LockedConversation,
    body: &Body,
) -> AppResult<Conversation> {
    let appended = messages::append(&mut tx, conversation, &Sender::System, None, body).await?;
    tx.commit().await?;
    Ok(appended.conversation.into_head())
}
