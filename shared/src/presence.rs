//! Who is there, and how far each side has read.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, VisitorId};
use crate::model::AgentView;
use crate::{Seq, UnixMs};

/// How far both sides of a conversation have got; 0 where nothing has. No number ever gets lower.
///
/// The agents are one side: a visitor learns that somebody has read, not who.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipts {
    /// The last message that a program of the visitor's holds.
    #[serde(default)]
    pub visitor_delivered: Seq,
    /// The last message that the visitor has had before their eyes.
    #[serde(default)]
    pub visitor_seen: Seq,
    /// The last message that a program of an agent's holds.
    #[serde(default)]
    pub agent_delivered: Seq,
    /// The last message that an agent has had before their eyes.
    #[serde(default)]
    pub agent_seen: Seq,
}

impl Receipts {
    /// Whether nothing is known to have arrived anywhere.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Of each number the higher one. Says whether any was.
    pub fn merge(&mut self, other: Self) -> bool {
        let before = *self;
        self.visitor_delivered = self.visitor_delivered.max(other.visitor_delivered);
        self.visitor_seen = self.visitor_seen.max(other.visitor_seen);
        self.agent_delivered = self.agent_delivered.max(other.agent_delivered);
        self.agent_seen = self.agent_seen.max(other.agent_seen);
        *self != before
    }
}

/// How far one agent has read in a conversation. What is unread for them is what the visitor has
/// written since: the conversation's `visitor_texts` less the marker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenMarker {
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// The last message that this agent has had before their eyes.
    pub seq: Seq,
    /// How many texts the visitor had written up to there.
    pub visitor_texts: i64,
}

/// Whether an agent can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Connected, and at work.
    Online,
    /// Connected, but has said so, or none of their windows is being used.
    Away,
    /// Not connected, and not only for a moment.
    Offline,
    /// A word of a newer server.
    #[serde(other)]
    Unknown,
}

/// What an agent is doing, for their colleagues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentPresence {
    /// Who.
    pub agent: AgentView,
    /// Whether they can be reached.
    pub availability: Availability,
    /// The conversations that are open in a window they use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub viewing: Vec<ConversationId>,
}

/// Whether a visitor is on the site, for agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitorPresence {
    /// Who.
    pub visitor_id: VisitorId,
    /// Whether they are connected, or were a moment ago.
    pub online: bool,
    /// When they were last connected; now, if they are.
    pub last_seen_at: UnixMs,
}
