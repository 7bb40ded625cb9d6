//! One person, as all nodes together know them.

use deskbell_protocol::{
    AgentPresence, AgentView, Availability, SessionId, UnixMs, UserId, VisitorId, VisitorPresence,
};

use super::bulletin::Fact;
use super::is_reachable;
use crate::packet::NodeId;

#[derive(Debug, Default)]
pub(super) struct Person {
    /// Where they sit on this node, left seats too.
    pub(super) seats: Vec<SessionId>,
    /// What each node knows of them, where they are; `None` is this one.
    pub(super) facts: Vec<(Option<NodeId>, Fact)>,
    /// When they last left a seat here.
    pub(super) seen_at: UnixMs,
    /// Whether they count among the agents who can be reached.
    pub(super) counted: bool,
    told_agent: Option<AgentPresence>,
    told_visitor: bool,
}

impl Person {
    /// Takes what a node knows, or that it knows nothing any more. Says whether that is new.
    pub(super) fn set_fact(&mut self, node: Option<NodeId>, fact: Option<Fact>) -> bool {
        let place = self.facts.iter().position(|(other, _)| *other == node);
        match (place, fact) {
            (Some(place), Some(fact)) if self.facts[place].1 == fact => false,
            (Some(place), Some(fact)) => {
                self.facts[place].1 = fact;
                true
            }
            (Some(place), None) => {
                self.facts.swap_remove(place);
                true
            }
            (None, Some(fact)) => {
                // Nearly everybody is on one node, and there are many of them.
                self.facts.reserve_exact(1);
                self.facts.push((node, fact));
                true
            }
            (None, None) => false,
        }
    }

    /// What this node knows.
    pub(super) fn own_fact(&self) -> Option<&Fact> {
        let own = self.facts.iter().find(|(node, _)| node.is_none());
        own.map(|(_, fact)| fact)
    }

    /// Whether another node knows of them.
    pub(super) fn is_with(&self, node: NodeId) -> bool {
        self.facts.iter().any(|(other, _)| *other == Some(node))
    }

    /// Nobody has to know of them any more.
    pub(super) fn is_gone(&self) -> bool {
        self.facts.is_empty() && self.seats.is_empty()
    }

    /// As colleagues see them; `None` if they are not there.
    pub(super) fn as_agent(&self, id: UserId) -> Option<AgentPresence> {
        let (mut name, mut is_away, mut is_used) = ("", false, false);
        let mut viewing = Vec::new();
        for (_, fact) in &self.facts {
            let Fact::Agent(fact) = fact else { continue };
            name = &fact.name;
            is_away |= fact.away;
            is_used |= !fact.idle;
            viewing.extend(&fact.viewing);
        }
        if self.facts.is_empty() {
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

    /// Visitor: whether they are there and agents want to know.
    pub(super) fn is_listed(&self) -> bool {
        self.facts
            .iter()
            .any(|(_, fact)| matches!(fact, Fact::Visitor { listed: true }))
    }

    /// What colleagues have not been told yet.
    pub(super) fn tell_agent(&mut self, id: UserId) -> Option<AgentPresence> {
        let now = self.as_agent(id);
        if now == self.told_agent {
            return None;
        }
        let before = std::mem::replace(&mut self.told_agent, now.clone());
        now.or_else(|| {
            before.map(|before| AgentPresence {
                availability: Availability::Offline,
                viewing: Vec::new(),
                ..before
            })
        })
    }

    /// What agents have not been told of a visitor yet.
    pub(super) fn tell_visitor(&mut self, id: VisitorId, wall: UnixMs) -> Option<VisitorPresence> {
        let online = self.is_listed();
        if online == std::mem::replace(&mut self.told_visitor, online) {
            return None;
        }
        let is_known = self.seen_at > 0 && !online;
        Some(VisitorPresence {
            visitor_id: id,
            online,
            last_seen_at: if is_known { self.seen_at } else { wall },
        })
    }

    pub(super) fn told_online(&self) -> bool {
        self.told_agent.as_ref().is_some_and(is_reachable)
    }
}
