//! Domain events and effects: what a transaction collects, and what happens after its commit.
//!
//! A function of this crate emits the events of the rows that it writes. A rule adds the effects that
//! go beyond the database: open sockets that must authenticate again, workers that must wake up. Both
//! reach the [`CommitHook`] with the commit, so that no rule can forget them after a commit that was
//! not confirmed.

use std::collections::BTreeSet;

use deskbell_protocol::{
    Conversation, ConversationId, Message, Note, Notification, Position, Queue, Receipts,
    SeenMarker, UserId, VisitorId, WorkspaceId,
};

/// A domain event: a change that is published to the followers of its topic after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainEvent {
    /// A message was saved.
    MessageCreated {
        workspace_id: WorkspaceId,
        message: Message,
    },
    /// An agent has written a note.
    NoteCreated {
        workspace_id: WorkspaceId,
        note: Note,
    },
    /// A member is notified.
    Notified {
        workspace_id: WorkspaceId,
        user_id: UserId,
        notification: Notification,
    },
    /// Notifications of a member were read, or an event about them may be lost.
    NotificationsChanged {
        workspace_id: WorkspaceId,
        user_id: UserId,
    },
    /// A message changed the order, preview and time of a conversation in the inbox. Followers of
    /// the conversation are informed by [`DomainEvent::MessageCreated`].
    HeadMoved {
        workspace_id: WorkspaceId,
        position: Position,
        queue: Queue,
        conversation: Conversation,
    },
    /// The status or the assignee of a conversation changed; messages may have moved it as well.
    ConversationChanged {
        workspace_id: WorkspaceId,
        position: Position,
        queue: Queue,
        conversation: Conversation,
    },
    /// A visitor has started a conversation.
    ConversationBegun {
        workspace_id: WorkspaceId,
        conversation: Conversation,
    },
    /// One side of a conversation has received or seen more messages.
    ReceiptsMoved {
        workspace_id: WorkspaceId,
        conversation_id: ConversationId,
        receipts: Receipts,
    },
    /// An agent has seen more messages of a conversation.
    SeenMoved {
        workspace_id: WorkspaceId,
        user_id: UserId,
        marker: SeenMarker,
    },
}

impl DomainEvent {
    /// The conversation of the event, if it is about one.
    pub fn conversation_id(&self) -> Option<ConversationId> {
        Some(match self {
            Self::MessageCreated { message, .. } => message.conversation_id,
            Self::NoteCreated { note, .. } => note.conversation_id,
            Self::HeadMoved { conversation, .. }
            | Self::ConversationChanged { conversation, .. }
            | Self::ConversationBegun { conversation, .. } => conversation.id,
            Self::ReceiptsMoved {
                conversation_id, ..
            } => *conversation_id,
            Self::SeenMoved { marker, .. } => marker.conversation_id,
            Self::Notified { notification, .. } => notification.conversation_id,
            Self::NotificationsChanged { .. } => return None,
        })
    }
}

/// A side effect of a commit that is not a domain event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The sockets of a member in this workspace authenticate again: they may be allowed less now.
    ReauthenticateMember {
        workspace_id: WorkspaceId,
        user_id: UserId,
    },
    /// The sockets of a visitor (`None`: of all visitors of the workspace) authenticate again.
    ReauthenticateVisitors {
        workspace_id: WorkspaceId,
        visitor_id: Option<VisitorId>,
    },
    /// The mail queue has a new row.
    MailQueued,
    /// A workspace or a site was deleted: the purge worker does the rest.
    PurgeNeeded,
    /// Maintenance mode was turned on with this message, or turned off.
    MaintenanceSet(Option<String>),
}

/// Everything that a transaction has collected for after its commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// In the order in which they happened.
    pub events: Vec<DomainEvent>,
    /// Each once, however often a rule has asked for it.
    pub effects: BTreeSet<Effect>,
}

/// The subscriber of commits. The composition sets one with [`crate::Store::with_hook`].
pub trait CommitHook: Send + Sync {
    /// A transaction is committed.
    fn committed(&self, committed: Committed);

    /// The database did not confirm a commit, so it may or may not have happened. The hook must
    /// find out once the database answers again.
    fn unconfirmed(&self, committed: Committed);
}
