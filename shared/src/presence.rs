//! Presence and read receipts.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, VisitorId};
use crate::model::AgentView;
use crate::{Seq, UnixMs};

/// The read receipts of both sides of a conversation; 0 where there are none. They never decrease.
///
/// The agents are one side: a visitor learns that a message was seen, not by whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipts {
    /// The last message that a client of the visitor has received.
    #[serde(default)]
    pub visitor_delivered: Seq,
    /// The last message that the visitor has seen.
    #[serde(default)]
    pub visitor_seen: Seq,
    /// The last message that a client of an agent has received.
    #[serde(default)]
    pub agent_delivered: Seq,
    /// The last message that an agent has seen.
    #[serde(default)]
    pub agent_seen: Seq,
}

impl Receipts {
    /// Whether there are no receipts.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Merges other receipts by the higher value of each. Returns whether one was higher.
    pub fn merge(&mut self, other: Self) -> bool {
        let before = *self;
        self.visitor_delivered = self.visitor_delivered.max(other.visitor_delivered);
        self.visitor_seen = self.visitor_seen.max(other.visitor_seen);
        self.agent_delivered = self.agent_delivered.max(other.agent_delivered);
        self.agent_seen = self.agent_seen.max(other.agent_seen);
        *self != before
    }
}

/// The read marker of one agent in a conversation. Their unread count is the conversation's
/// `visitor_texts` minus the marker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenMarker {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The last message that this agent has seen.
    pub seq: Seq,
    /// The number of the visitor's texts up to there.
    pub visitor_texts: i64,
}

/// The availability of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Connected, with a window in use.
    Online,
    /// Connected, but set to away, or without a window in use.
    Away,
    /// Not connected for longer than the grace period.
    Offline,
    /// A value of a newer server.
    #[serde(other)]
    Unknown,
}

/// The presence of an agent, as their colleagues see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentPresence {
    /// The agent.
    pub agent: AgentView,
    /// Their availability.
    pub availability: Availability,
    /// The conversations that are open in a window in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub viewing: Vec<ConversationId>,
}

/// The presence of a visitor, as agents see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitorPresence {
    /// The visitor.
    pub visitor_id: VisitorId,
    /// Whether they are connected, or were within the grace period.
    pub online: bool,
    /// When they were last connected; now, if they are.
    pub last_seen_at: UnixMs,
}
