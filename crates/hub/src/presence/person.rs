//! The presence of one person, merged from all nodes.

use deskbell_protocol::{
    AgentPresence, AgentView, Availability, ConnectionId, UnixMs, UserId, VisitorId,
    VisitorPresence,
};

use super::is_online;
use super::update::PresenceState;
use crate::node::NodeId;

#[derive(Debug, Default)]
pub(super) struct Person {
    /// Their connections to this node, those within the grace period included.
    pub(super) connections: Vec<ConnectionId>,
    /// Their state on each node where they are connected; `None` is this node.
    pub(super) states: Vec<(Option<NodeId>, PresenceState)>,
    /// When their last connection to this node ended.
    pub(super) seen_at: UnixMs,
    /// Whether they are counted among the agents who are online.
    pub(super) counted: bool,
    /// Boxed, because most people are visitors.
    announced_agent: Option<Box<AgentPresence>>,
    announced_visitor: bool,
}

impl Person {
    /// Sets the state on a node, or removes it. Returns whether that is a change.
    pub(super) fn set_state(&mut self, node: Option<NodeId>, state: Option<PresenceState>) -> bool {
        let index = self.states.iter().position(|(other, _)| *other == node);
        match (index, state) {
            (Some(index), Some(state)) if self.states[index].1 == state => false,
            (Some(index), Some(state)) => {
                self.states[index].1 = state;
                true
            }
            (Some(index), None) => {
                self.states.swap_remove(index);
                true
            }
            (None, Some(state)) => {
                // Nearly everybody is on one node, and there are many of them.
                self.states.reserve_exact(1);
                self.states.push((node, state));
                true
            }
            (None, None) => false,
        }
    }

    /// The state on this node.
    pub(super) fn own_state(&self) -> Option<&PresenceState> {
        let own = self.states.iter().find(|(node, _)| node.is_none());
        own.map(|(_, state)| state)
    }

    /// Whether they are connected to another node.
    pub(super) fn is_on(&self, node: NodeId) -> bool {
        self.states.iter().any(|(other, _)| *other == Some(node))
    }

    /// Whether nothing is left of them: no state and no entry.
    pub(super) fn is_gone(&self) -> bool {
        self.states.is_empty() && self.connections.is_empty()
    }

    /// Their presence as their colleagues see it; `None` if they are offline.
    pub(super) fn as_agent(&self, id: UserId) -> Option<AgentPresence> {
        let (mut name, mut is_away, mut is_used) = ("", false, false);
        let mut viewing = Vec::new();
        for (_, state) in &self.states {
            let PresenceState::Agent(state) = state else {
                continue;
            };
            name = &state.name;
            is_away |= state.away;
            is_used |= !state.idle;
            viewing.extend(&state.viewing);
        }
        if self.states.is_empty() {
            return None;
        }
        viewing.sort_unstable();
        viewing.dedup();
        Some(AgentPresence {
            agent: AgentView {
                id,
                name: name.to_owned(),
            },
            availability: if is_used && !is_away {
                Availability::Online
            } else {
                Availability::Away
            },
            viewing,
        })
    }

    /// Whether agents are shown this visitor: online, with a conversation that is not closed.
    pub(super) fn is_listed(&self) -> bool {
        self.states
            .iter()
            .any(|(_, state)| matches!(state, PresenceState::Visitor { listed: true }))
    }

    /// The agent presence, if it has changed since it was announced.
    pub(super) fn take_agent_change(&mut self, id: UserId) -> Option<AgentPresence> {
        let now = self.as_agent(id);
        if now.as_ref() == self.announced_agent.as_deref() {
            return None;
        }
        let before = std::mem::replace(&mut self.announced_agent, now.clone().map(Box::new));
        now.or_else(|| {
            before.map(|before| AgentPresence {
                availability: Availability::Offline,
                viewing: Vec::new(),
                ..*before
            })
        })
    }

    /// The visitor presence, if it has changed since it was announced.
    pub(super) fn take_visitor_change(
        &mut self,
        id: VisitorId,
        wall: UnixMs,
    ) -> Option<VisitorPresence> {
        let online = self.is_listed();
        if online == std::mem::replace(&mut self.announced_visitor, online) {
            return None;
        }
        let is_known = self.seen_at > 0 && !online;
        Some(VisitorPresence {
            visitor_id: id,
            online,
            last_seen_at: if is_known { self.seen_at } else { wall },
        })
    }

    pub(super) fn announced_online(&self) -> bool {
        self.announced_agent.as_deref().is_some_and(is_online)
    }
}
