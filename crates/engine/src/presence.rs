//! Presence as agents see it, and the read markers of this agent.

use std::collections::BTreeMap;

use deskbell_protocol::{
    AgentPresence, AgentView, Availability, ConversationId, SeenMarker, VisitorId, VisitorPresence,
};

/// The presence of agents and visitors.
#[derive(Debug, Default)]
pub struct Presence {
    agents: Vec<AgentPresence>,
    visitors: BTreeMap<VisitorId, VisitorPresence>,
    markers: BTreeMap<ConversationId, SeenMarker>,
    /// Whether this window is idle.
    pub(crate) idle: bool,
}

impl Presence {
    /// The agents who are online, sorted by name.
    pub fn agents(&self) -> &[AgentPresence] {
        &self.agents
    }

    /// The presence of a visitor; `None` if it is unknown.
    pub fn visitor(&self, id: VisitorId) -> Option<&VisitorPresence> {
        self.visitors.get(&id)
    }

    /// The agents who have a conversation open.
    pub fn viewers(&self, id: ConversationId) -> impl Iterator<Item = &AgentView> {
        let viewing = self
            .agents
            .iter()
            .filter(move |it| it.viewing.contains(&id));
        viewing.map(|it| &it.agent)
    }

    /// The read marker of this agent in a conversation.
    pub fn marker(&self, id: ConversationId) -> Option<&SeenMarker> {
        self.markers.get(&id)
    }

    /// Applies a presence event; `all`: people who are not named are offline.
    pub(crate) fn update(
        &mut self,
        all: bool,
        agents: Vec<AgentPresence>,
        visitors: Vec<VisitorPresence>,
    ) {
        if all {
            self.agents.clear();
            for visitor in self.visitors.values_mut() {
                visitor.online = false;
            }
        }
        for agent in agents {
            self.agents.retain(|known| known.agent.id != agent.agent.id);
            if agent.availability != Availability::Offline {
                self.agents.push(agent);
            }
        }
        self.agents
            .sort_by(|a, b| (&a.agent.name, a.agent.id).cmp(&(&b.agent.name, b.agent.id)));
        for visitor in visitors {
            self.visitors.insert(visitor.visitor_id, visitor);
        }
    }

    /// Discards the read markers, after the server was restored from a backup.
    pub(crate) fn reset_markers(&mut self) {
        self.markers.clear();
    }

    /// Applies a read marker if it is the higher one; returns whether it is.
    pub(crate) fn apply_marker(&mut self, marker: SeenMarker) -> bool {
        let known = self.markers.get(&marker.conversation_id);
        let is_newer = known.is_none_or(|known| known.seq < marker.seq);
        if is_newer {
            self.markers.insert(marker.conversation_id, marker);
        }
        is_newer
    }
}
