//! What a transaction has to tell once it is committed.

use deskbell_protocol::{
    Conversation, ConversationId, Message, Position, Queue, Receipts, SeenMarker, UserId,
    WorkspaceId,
};

/// Something that has happened. It is told after the commit, never before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A message was saved.
    MessageCreated {
        workspace_id: WorkspaceId,
        message: Message,
    },
    /// A message moved a conversation in the inbox: its place, preview and time. Who follows the
    /// conversation has been told by the message.
    HeadMoved {
        workspace_id: WorkspaceId,
        position: Position,
        queue: Queue,
        conversation: Conversation,
    },
    /// Where a conversation stands, or whose it is, changed; messages may have moved it as well.
    ConversationChanged {
        workspace_id: WorkspaceId,
        position: Position,
        queue: Queue,
        conversation: Conversation,
    },
    /// A visitor has begun it.
    ConversationBegun {
        workspace_id: WorkspaceId,
        conversation: Conversation,
    },
    /// One side of a conversation has got further.
    ReceiptsMoved {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        receipts: Receipts,
    },
    /// An agent has read further.
    SeenMoved {
        workspace_id: WorkspaceId,
        user_id: UserId,
        marker: SeenMarker,
    },
}

impl News {
    /// Which conversation it is about.
    pub fn conversation_id(&self) -> ConversationId {
        match self {
            Self::MessageCreated { message, .. } => message.conversation_id,
            Self::HeadMoved { conversation, .. }
            | Self::ConversationChanged { conversation, .. }
            | Self::ConversationBegun { conversation, .. } => conversation.id,
            Self::ReceiptsMoved {
                conversation_id, ..
            } => *conversation_id,
            Self::SeenMoved { marker, .. } => marker.conversation_id,
        }
    }
}
