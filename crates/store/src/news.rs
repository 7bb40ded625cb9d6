//! What a transaction has to tell once it is committed.

use deskbell_protocol::{Conversation, ConversationId, Message, WorkspaceId};

/// Something that has happened. It is told after the commit, never before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A message was saved.
    MessageCreated {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        message: Message,
    },
    /// A conversation's head changed.
    ConversationChanged {
        workspace_id: WorkspaceId,
        conversation: Conversation,
    },
}
