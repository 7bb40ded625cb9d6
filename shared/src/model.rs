//! The objects of the protocol: conversations, messages and the people in them.

use serde::{Deserialize, Serialize};

use crate::ids::{
    ClientMessageId, ConversationId, MessageId, SiteId, UserId, VisitorId, WorkspaceId,
};
use crate::word::words;
use crate::{Seq, UnixMs};

words! {
    /// The status of a conversation. Words of newer versions are kept in `Other`.
    Status {
        /// The visitor wrote and no agent has claimed it.
        Waiting = "waiting",
        /// An agent has claimed it.
        Active = "active",
        /// An agent considers it solved; a visitor's message reopens it.
        Resolved = "resolved",
        /// Final and read-only.
        Closed = "closed",
    }
}

impl Status {
    /// Whether it still needs work.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Active)
    }
}

words! {
    /// The priority of a conversation; agents set it, and the queue is in its order.
    Priority {
        /// It can wait.
        Low = "low",
        /// The priority of a new conversation.
        Normal = "normal",
        /// It should be answered before others.
        High = "high",
        /// It should be answered first.
        Urgent = "urgent",
    }
}

impl Priority {
    /// The priority of a new conversation.
    const fn normal() -> Self {
        Self::Normal
    }

    fn is_normal(&self) -> bool {
        *self == Self::Normal
    }

    /// Its rank: 0 (low) to 3 (urgent).
    pub fn rank(self) -> i64 {
        match self {
            Self::Low => 0,
            Self::Normal | Self::Other(_) => 1,
            Self::High => 2,
            Self::Urgent => 3,
        }
    }

    /// The priority with this rank.
    pub fn from_rank(rank: i64) -> Self {
        match rank {
            ..=0 => Self::Low,
            1 => Self::Normal,
            2 => Self::High,
            3.. => Self::Urgent,
        }
    }
}

words! {
    /// The role of a member in a workspace; only the server assigns it.
    Role {
        /// Owns the workspace.
        Owner = "owner",
        /// Manages the workspace.
        Admin = "admin",
        /// Answers conversations.
        Agent = "agent",
        /// A visitor of a site.
        Visitor = "visitor",
        /// Deskbell itself, in system messages.
        System = "system",
    }
}

impl Role {
    /// Whether this role includes the rights of `least`: an owner has all rights of an admin, an
    /// admin all rights of an agent.
    pub fn reaches(self, least: Self) -> bool {
        let rank = |role| match role {
            Self::Owner => Some(3),
            Self::Admin => Some(2),
            Self::Agent => Some(1),
            _ => None,
        };
        rank(self)
            .is_some_and(|rank_of_self| rank(least).is_some_and(|least| rank_of_self >= least))
    }

    /// Whether this is a member of the workspace rather than a visitor.
    pub fn is_member(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Agent)
    }
}

/// The authenticated person of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Principal {
    /// A visitor of a site.
    Visitor {
        /// The visitor.
        visitor_id: VisitorId,
        /// The site they are on.
        site_id: SiteId,
        /// The site's workspace.
        workspace_id: WorkspaceId,
        /// Their name; "Visitor" if they have given none.
        name: String,
    },
    /// A member of a workspace.
    Agent {
        /// The login identity.
        user_id: UserId,
        /// The workspace they act in.
        workspace_id: WorkspaceId,
        /// Owner, admin or agent.
        role: Role,
        /// Their name.
        name: String,
    },
}

impl Principal {
    /// The name that others see.
    pub fn name(&self) -> &str {
        match self {
            Self::Visitor { name, .. } | Self::Agent { name, .. } => name,
        }
    }

    /// The workspace that this principal has access to.
    pub fn workspace_id(&self) -> WorkspaceId {
        match self {
            Self::Visitor { workspace_id, .. } | Self::Agent { workspace_id, .. } => *workspace_id,
        }
    }
}

/// The sender of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Sender {
    /// The conversation's visitor.
    Visitor {
        /// The visitor.
        id: VisitorId,
        /// Their name when they wrote.
        name: String,
    },
    /// A member of the workspace.
    Agent {
        /// The agent.
        id: UserId,
        /// Their name when they wrote.
        name: String,
    },
    /// Deskbell itself.
    System,
    /// A kind of sender of a newer server.
    #[serde(other)]
    Unknown,
}

/// The body of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Body {
    /// Plain text without markup, at most [`crate::limits::TEXT_CHARS`] characters.
    Text {
        /// The text.
        text: String,
    },
    /// System: an agent claimed the conversation.
    Joined {
        /// The agent's name.
        name: String,
    },
    /// System: an agent resolved the conversation.
    Resolved {
        /// The agent's name.
        name: String,
    },
    /// System: the conversation was reopened.
    Reopened {
        /// The name of the person who reopened it.
        name: String,
    },
    /// System: the agent was absent for too long, and the conversation waits for another one.
    Returned {
        /// The agent's name.
        name: String,
    },
    /// System: another member assigned the conversation to an agent.
    Assigned {
        /// The agent's name.
        name: String,
        /// The name of the member who assigned it.
        by: String,
    },
    /// System: a member returned the conversation to the queue.
    Released {
        /// The member's name.
        name: String,
    },
    /// System: the conversation was closed for good.
    Closed {
        /// The agent's name.
        name: String,
    },
    /// A kind of message of a newer server.
    #[serde(other)]
    Unknown,
}

/// A saved message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// The id that the server gave it.
    pub id: MessageId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its number: 1, 2, 3 … without a gap.
    pub seq: Seq,
    /// The id that the sender gave it; `None` on system messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientMessageId>,
    /// The sender.
    pub sender: Sender,
    /// The body.
    pub body: Body,
    /// When it was saved.
    pub created_at: UnixMs,
}

/// An agent, as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentView {
    /// The login identity.
    pub id: UserId,
    /// Their name.
    pub name: String,
}

/// To whom a conversation is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Assignment {
    /// To nobody: it waits in the queue.
    Queue,
    /// To an agent.
    Agent {
        /// A member of the workspace.
        user_id: UserId,
    },
}

/// A visitor, as agents see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitorView {
    /// The visitor.
    pub id: VisitorId,
    /// Their name; "Visitor" if they have given none.
    pub name: String,
    /// Whether the host site has verified their identity; otherwise the name is only claimed.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub verified: bool,
}

/// A site, as agents see it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteView {
    /// The site.
    pub id: SiteId,
    /// Its name.
    pub name: String,
}

/// The number of conversations of a workspace by status. The server counts them, because a client
/// does not have all conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// Waiting for an agent.
    pub waiting: i64,
    /// Claimed.
    pub active: i64,
    /// Resolved, until the visitor writes again.
    pub resolved: i64,
}

/// A snooze: an active conversation that needs nobody before a time or a reply of the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Snooze {
    /// When it ends; absent: with the visitor's next message. That ends every snooze.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMs>,
}

/// The attributes of a conversation that only agents see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attributes {
    /// Its number in the workspace, as in `#1042`: 1, 2, 3 … without a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// Its priority; `normal` is left out.
    #[serde(
        default = "Priority::normal",
        skip_serializing_if = "Priority::is_normal"
    )]
    pub priority: Priority,
    /// Whether it has waited for so long that it counts one step higher in the queue.
    #[serde(default, skip_serializing_if = "crate::is_default")]
    pub escalated: bool,
    /// What it is about, in at most 200 characters; empty if nobody has said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// Whether it is snoozed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snooze: Option<Snooze>,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            number: None,
            priority: Priority::Normal,
            escalated: false,
            subject: String::new(),
            snooze: None,
        }
    }
}

/// A conversation without its messages: a row of the inbox, the head of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// The conversation.
    pub id: ConversationId,
    /// Counts every change; of two copies the one with the higher number is the newer.
    pub revision: i64,
    /// Its status.
    pub status: Status,
    /// The site on which it was started.
    pub site: SiteView,
    /// The visitor.
    pub visitor: VisitorView,
    /// The agent who claimed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AgentView>,
    /// The number of the newest message.
    pub last_seq: Seq,
    /// The beginning of the newest text, at most [`crate::limits::PREVIEW_CHARS`] characters.
    pub preview: String,
    /// Whether the newest text is an agent's: the list then shows who wrote it.
    #[serde(default)]
    pub preview_by_agent: bool,
    /// When the newest text was saved.
    pub last_message_at: UnixMs,
    /// Since when the visitor has been waiting to be claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<UnixMs>,
    /// When it was started.
    pub created_at: UnixMs,
    /// The number of the visitor's texts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub visitor_texts: i64,
    /// What only agents see; for visitors it is empty.
    #[serde(flatten)]
    pub attributes: Attributes,
}

impl Conversation {
    /// The conversation without what only agents may see.
    pub fn for_visitor(self) -> Self {
        Self {
            attributes: Attributes::default(),
            ..self
        }
    }

    /// Its place in the queue before the time that it has waited: 0 comes first.
    pub fn queue_order(&self) -> i64 {
        4 - self.attributes.priority.rank() - i64::from(self.attributes.escalated)
    }

    /// To whom it is assigned.
    pub fn assignment(&self) -> Assignment {
        match &self.assignee {
            Some(agent) => Assignment::Agent { user_id: agent.id },
            None => Assignment::Queue,
        }
    }
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}
