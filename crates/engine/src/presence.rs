//! Who is there, as agents are told, and how far this agent has read.

use std::collections::BTreeMap;

use deskbell_protocol::{
    AgentPresence, AgentView, Availability, ConversationId, SeenMarker, VisitorId, VisitorPresence,
};

/// The people an agent is told of.
#[derive(Debug, Default)]
pub struct Presence {
    agents: Vec<AgentPresence>,
    visitors: BTreeMap<VisitorId, VisitorPresence>,
    markers: BTreeMap<ConversationId, SeenMarker>,
    /// Nobody uses this window.
    pub(crate) idle: bool,
}

impl Presence {
    /// The members of the workspace who are there, by their names.
    pub fn agents(&self) -> &[AgentPresence] {
        &self.agents
    }

    /// Whether a visitor is there, and since when not; `None` if nothing was told of them.
    pub fn visitor(&self, id: VisitorId) -> Option<&VisitorPresence> {
        self.visitors.get(&id)
    }

    /// Who has a conversation before them.
    pub fn viewers(&self, id: ConversationId) -> impl Iterator<Item = &AgentView> {
        let viewing = self
            .agents
            .iter()
            .filter(move |it| it.viewing.contains(&id));
        viewing.map(|it| &it.agent)
    }

    /// How far this agent has read in a conversation.
    pub fn marker(&self, id: ConversationId) -> Option<&SeenMarker> {
        self.markers.get(&id)
    }

    /// What the server has told; `all` if those it does not name are not there.
    pub(crate) fn hear(
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

    /// This agent has read so far; says whether that is further than was known.
    pub(crate) fn mark(&mut self, marker: SeenMarker) -> bool {
        let known = self.markers.get(&marker.conversation_id);
        let is_news = known.is_none_or(|known| known.seq < marker.seq);
        if is_news {
            self.markers.insert(marker.conversation_id, marker);
        }
        is_news
    }
}
