//! Attributes of a conversation that only agents see: its priority and its subject.

use deskbell_base::error::{AppError, AppResult};
use deskbell_base::text;
use deskbell_protocol::api::conversations::UpdateConversation;
use deskbell_protocol::{Conversation, ConversationId, Priority, Status};
use deskbell_store::WorkspaceScope;
use deskbell_store::conversations;

use crate::core::Core;

/// Changes the attributes that are given, in a conversation that is not closed.
pub async fn update(
    core: &Core,
    agent: &WorkspaceScope,
    id: ConversationId,
    body: UpdateConversation,
) -> AppResult<Conversation> {
    if let Some(Priority::Other(_)) = body.priority {
        let advice = "Use low, normal, high or urgent.";
        return Err(AppError::invalid("priority", advice));
    }
    let subject = body.subject.map(|subject| text::line("subject", &subject));
    let subject = subject.transpose()?;
    let mut tx = core.begin().await?;
    let before = conversations::lock_for_agent(&mut tx, agent, id).await?;
    if before.status == Status::Closed {
        return Err(AppError::closed());
    }
    let mut attributes = before.attributes.clone();
    attributes.priority = body.priority.unwrap_or(attributes.priority);
    attributes.subject = subject.unwrap_or(attributes.subject);
    if attributes == before.attributes {
        return Ok(before.into_head());
    }
    let changed = conversations::set_attributes(&mut tx, &before, attributes);
    tx.commit().await?;
    Ok(changed.into_head())
}
