//! Presence: which agents and visitors are online, and which conversations agents have open.
//!
//! Plain state; the clock is an argument. Each connection has an entry; the entries of a person on
//! this node are merged into one state, and the states of all nodes into what others are shown.
//! States of other nodes arrive as updates and are removed when their node falls silent. An entry
//! stays for a grace period after its connection has ended, because a reload is no departure.
//! Nothing is announced at once: [`Presence::tick`] returns the difference since the previous tick,
//! so that followers receive at most one event per tick.

mod hub;
mod person;
mod update;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use deskbell_protocol::{
    AgentPresence, Availability, ConnectionId, ConversationId, UnixMs, UserId, VisitorId,
    VisitorPresence, WorkspaceId, limits,
};

use person::Person;
use serde::{Deserialize, Serialize};
pub use update::{AgentState, PresenceState, PresenceUpdate, UpdateResult};

use crate::det_map::{HashMap, HashSet};
use crate::node::NodeId;

/// The grace period: a person who reconnects within it has not left.
pub const GRACE: Duration = Duration::from_secs(10);
/// The timeout after which a silent node, and the presence on it, is removed.
pub const SILENCE: Duration = Duration::from_secs(8);
/// How often the last-seen time of an online visitor is saved.
const SAVE_SEEN_INTERVAL: Duration = Duration::from_secs(60);

/// A person whose presence is tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A member of the workspace.
    Agent(UserId),
    /// A visitor of one of its sites.
    Visitor(VisitorId),
}

/// The presence of one connection.
#[derive(Clone, Debug)]
pub struct PresenceEntry {
    /// The workspace whose members see it.
    pub workspace_id: WorkspaceId,
    /// The person.
    pub who: Who,
    /// Their name; agents only.
    pub name: String,
    /// Agent: has chosen to be away.
    pub away: bool,
    /// Agent: the window is not in use.
    pub idle: bool,
    /// Agent: the conversations that are open in it.
    pub viewing: Vec<ConversationId>,
    /// Visitor: has a conversation that is not closed, and is therefore shown to agents.
    pub listed: bool,
}

/// A presence change of one workspace, to be announced to its members and visitors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresenceDelta {
    /// Agents whose presence has changed.
    pub agents: Vec<AgentPresence>,
    /// Visitors who came or went, at most [`limits::PRESENCE_VISITORS`].
    pub visitors: Vec<VisitorPresence>,
    /// Conversations in which a visitor has been typing.
    pub typing: Vec<ConversationId>,
    /// For visitors: whether an agent is online, if that has changed.
    pub team_online: Option<bool>,
    /// Agents who can be reached now, or no longer, for the visitors they are assigned to.
    pub reachability: Vec<(UserId, bool)>,
}

/// The result of a tick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresenceTick {
    /// The changes to announce, by workspace.
    pub deltas: Vec<(WorkspaceId, PresenceDelta)>,
    /// Visitors of this node whose last-seen time is to be saved.
    pub seen: Vec<(WorkspaceId, VisitorId, UnixMs)>,
}

/// The presence of all workspaces, as this node knows it.
#[derive(Debug)]
pub struct Presence {
    grace: Duration,
    entries: HashMap<ConnectionId, (PresenceEntry, bool)>,
    /// Entries whose connections have ended, the oldest first; the flag in `entries` marks them, too.
    left: VecDeque<(Instant, ConnectionId)>,
    teams: HashMap<WorkspaceId, Team>,
    saved_at: Option<Instant>,
}

/// The presence of one workspace.
#[derive(Debug, Default)]
struct Team {
    people: HashMap<Who, Person>,
    /// People whose presence may have changed since it was announced.
    changed: HashSet<Who>,
    typing: HashSet<ConversationId>,
    /// The number of agents who were announced as online.
    online: usize,
    /// The other nodes that publish presence.
    nodes: HashMap<NodeId, update::Peer>,
    /// The changes that they have not been sent yet.
    outbox: update::Outbox,
}

impl Presence {
    /// Creates an empty presence with this grace period.
    pub fn new(grace: Duration) -> Self {
        Self {
            grace,
            entries: HashMap::default(),
            left: VecDeque::new(),
            teams: HashMap::default(),
            saved_at: None,
        }
    }

    /// Changes the grace period.
    pub fn set_grace(&mut self, grace: Duration) {
        self.grace = grace;
    }

    /// Adds a connection. It replaces entries of the same person that are within their grace period,
    /// and is listed if they were.
    pub fn join(&mut self, id: ConnectionId, mut entry: PresenceEntry) {
        let (workspace_id, who) = (entry.workspace_id, entry.who);
        let team = self.teams.entry(workspace_id).or_default();
        let person = team.people.entry(who).or_default();
        person.connections.retain(|other| {
            let is_left = self.entries.get(other).is_none_or(|(_, left)| *left);
            if is_left && let Some((before, _)) = self.entries.remove(other) {
                entry.listed |= before.listed;
            }
            !is_left
        });
        person.connections.reserve_exact(1);
        person.connections.push(id);
        self.entries.insert(id, (entry, false));
        self.refresh(workspace_id, who);
    }

    /// Changes the entry of a connection.
    pub fn change(&mut self, id: ConnectionId, change: impl FnOnce(&mut PresenceEntry)) {
        if let Some((entry, _)) = self.entries.get_mut(&id) {
            change(entry);
            let (workspace_id, who) = (entry.workspace_id, entry.who);
            self.refresh(workspace_id, who);
        }
    }

    /// Starts the grace period of a connection that has ended.
    pub fn leave(&mut self, id: ConnectionId, at: Instant, wall: UnixMs) {
        let Some((entry, left)) = self.entries.get_mut(&id) else {
            return;
        };
        *left = true;
        let person = self
            .teams
            .get_mut(&entry.workspace_id)
            .and_then(|team| team.people.get_mut(&entry.who));
        if let Some(person) = person {
            person.seen_at = wall;
        }
        self.left.push_back((at, id));
    }

    /// Sets whether an agent is away, on all their connections and nodes.
    pub fn set_away(&mut self, workspace_id: WorkspaceId, user_id: UserId, away: bool) {
        self.set_away_here(workspace_id, user_id, away);
        if let Some(team) = self.teams.get_mut(&workspace_id) {
            team.outbox.away.push((user_id, away));
        }
    }

    fn set_away_here(&mut self, workspace_id: WorkspaceId, user_id: UserId, away: bool) {
        let who = Who::Agent(user_id);
        let person = self
            .teams
            .get(&workspace_id)
            .and_then(|team| team.people.get(&who));
        for id in person.into_iter().flat_map(|person| &person.connections) {
            if let Some((entry, _)) = self.entries.get_mut(id) {
                entry.away = away;
            }
        }
        self.refresh(workspace_id, who);
    }

    /// Records that the visitor of a conversation is typing.
    pub fn start_typing(&mut self, workspace_id: WorkspaceId, conversation_id: ConversationId) {
        if let Some(team) = self.teams.get_mut(&workspace_id) {
            team.typing.insert(conversation_id);
            team.outbox.typing.insert(conversation_id);
        }
    }

    /// Records that the visitor of a conversation has stopped typing.
    pub fn stop_typing(&mut self, workspace_id: WorkspaceId, conversation_id: ConversationId) {
        if let Some(team) = self.teams.get_mut(&workspace_id) {
            team.typing.remove(&conversation_id);
            team.outbox.typing.remove(&conversation_id);
        }
    }

    /// The sessions of a person on this node.
    pub fn sessions_of(&self, workspace_id: WorkspaceId, who: Who) -> Vec<ConnectionId> {
        let team = self.teams.get(&workspace_id);
        let person = team.and_then(|team| team.people.get(&who));
        let entries = person.into_iter().flat_map(|person| &person.connections);
        let is_open = |id: &&ConnectionId| self.entries.get(*id).is_some_and(|(_, left)| !left);
        entries.filter(is_open).copied().collect()
    }

    /// Whether a person is present, on any node.
    pub fn is_present(&self, workspace_id: WorkspaceId, who: Who) -> bool {
        let team = self.teams.get(&workspace_id);
        team.and_then(|team| team.people.get(&who))
            .is_some_and(|person| !person.states.is_empty())
    }

    /// Whether an agent is online: connected to any node, with a window in use, and not away.
    pub fn is_reachable(&self, workspace_id: WorkspaceId, user_id: UserId) -> bool {
        let team = self.teams.get(&workspace_id);
        let person = team.and_then(|team| team.people.get(&Who::Agent(user_id)));
        let presence = person.and_then(|person| person.as_agent(user_id));
        presence.as_ref().is_some_and(is_online)
    }

    /// Whether visitors were last informed that an agent is online. The first answer to a visitor must
    /// be this one, so that every later change is announced.
    pub fn is_announced_reachable(&self, workspace_id: WorkspaceId, user_id: UserId) -> bool {
        let team = self.teams.get(&workspace_id);
        let person = team.and_then(|team| team.people.get(&Who::Agent(user_id)));
        person.is_some_and(|person| person.counted)
    }

    /// The agents with a connection to this node who are online.
    pub fn reachable_here(&self) -> Vec<(WorkspaceId, UserId)> {
        let entries = self.entries.values().filter(|(_, left)| !left);
        let agents: HashSet<_> = entries
            .filter_map(|(entry, _)| match entry.who {
                Who::Agent(id) => Some((entry.workspace_id, id)),
                Who::Visitor(_) => None,
            })
            .collect();
        let reachable = agents.into_iter();
        reachable
            .filter(|(workspace, user)| self.is_reachable(*workspace, *user))
            .collect()
    }

    /// Removes a connection whose person has lost access, without a grace period, and with it those
    /// within their grace period.
    pub fn end(&mut self, id: ConnectionId) {
        let Some((entry, _)) = self.entries.get(&id) else {
            return;
        };
        let (workspace_id, who) = (entry.workspace_id, entry.who);
        let person = self.teams.get_mut(&workspace_id);
        let Some(person) = person.and_then(|team| team.people.get_mut(&who)) else {
            return;
        };
        let entries = &mut self.entries;
        person.connections.retain(|other| {
            let is_left = entries.get(other).is_none_or(|(_, left)| *left);
            let ends = *other == id || is_left;
            if ends {
                entries.remove(other);
            }
            !ends
        });
        self.refresh(workspace_id, who);
    }

    /// Whether visitors were last informed that an agent is online.
    pub fn is_team_online(&self, workspace_id: WorkspaceId) -> bool {
        let team = self.teams.get(&workspace_id);
        team.is_some_and(|team| team.online > 0)
    }

    /// The presence of all persons, for a session that has just joined.
    pub fn snapshot(&self, workspace_id: WorkspaceId, wall: UnixMs) -> PresenceDelta {
        let mut delta = PresenceDelta::default();
        for (who, person) in self
            .teams
            .get(&workspace_id)
            .into_iter()
            .flat_map(|it| &it.people)
        {
            match *who {
                Who::Agent(id) => delta.agents.extend(person.as_agent(id)),
                Who::Visitor(visitor_id) => {
                    if person.is_listed() && delta.visitors.len() < limits::PRESENCE_VISITORS {
                        delta.visitors.push(VisitorPresence {
                            visitor_id,
                            online: true,
                            last_seen_at: wall,
                        });
                    }
                }
            }
        }
        delta.agents.sort_by_key(|presence| presence.agent.id);
        delta
    }

    /// Ends grace periods and silent nodes, and returns what has changed since the previous tick.
    pub fn tick(&mut self, at: Instant, wall: UnixMs) -> PresenceTick {
        let mut tick = PresenceTick::default();
        self.end_grace(at, &mut tick.seen);
        self.save_visitors(at, wall, &mut tick.seen);
        for (workspace_id, team) in &mut self.teams {
            team.end_silent_nodes(at);
            let delta = team.take_delta(wall);
            if delta != PresenceDelta::default() {
                tick.deltas.push((*workspace_id, delta));
            }
        }
        self.teams.retain(|_, team| !team.is_empty());
        tick
    }

    /// Removes entries whose grace period is over.
    fn end_grace(&mut self, at: Instant, seen: &mut Vec<(WorkspaceId, VisitorId, UnixMs)>) {
        while let Some((left_at, id)) = self.left.front().copied() {
            if at.saturating_duration_since(left_at) < self.grace {
                break;
            }
            self.left.pop_front();
            let Some((entry, _)) = self.entries.remove(&id) else {
                continue;
            };
            let Some(person) = self
                .teams
                .get_mut(&entry.workspace_id)
                .and_then(|team| team.people.get_mut(&entry.who))
            else {
                continue;
            };
            person.connections.retain(|other| *other != id);
            if let (true, Who::Visitor(visitor_id)) = (person.connections.is_empty(), entry.who) {
                seen.push((entry.workspace_id, visitor_id, person.seen_at));
            }
            self.refresh(entry.workspace_id, entry.who);
        }
    }

    fn save_visitors(
        &mut self,
        at: Instant,
        wall: UnixMs,
        seen: &mut Vec<(WorkspaceId, VisitorId, UnixMs)>,
    ) {
        let saved_at = *self.saved_at.get_or_insert(at);
        if at.saturating_duration_since(saved_at) < SAVE_SEEN_INTERVAL {
            return;
        }
        self.saved_at = Some(at);
        let mut saved = HashSet::default();
        for (entry, left) in self.entries.values() {
            if let (Who::Visitor(visitor_id), false) = (entry.who, *left)
                && saved.insert(visitor_id)
            {
                seen.push((entry.workspace_id, visitor_id, wall));
            }
        }
    }

    /// Recomputes the merged state of a person, and records the change.
    fn refresh(&mut self, workspace_id: WorkspaceId, who: Who) {
        let Some(team) = self.teams.get_mut(&workspace_id) else {
            return;
        };
        let Some(person) = team.people.get_mut(&who) else {
            return;
        };
        let entries = person
            .connections
            .iter()
            .filter_map(|id| self.entries.get(id));
        let state = PresenceState::of(entries.map(|(entry, _)| entry));
        if person.set_state(None, state) {
            team.changed.insert(who);
            team.outbox.changed.insert(who);
        }
    }
}

impl Default for Presence {
    fn default() -> Self {
        Self::new(GRACE)
    }
}

impl Team {
    fn is_empty(&self) -> bool {
        self.people.is_empty()
            && self.changed.is_empty()
            && self.nodes.is_empty()
            && self.outbox.is_empty()
    }

    fn take_delta(&mut self, wall: UnixMs) -> PresenceDelta {
        let mut delta = PresenceDelta {
            typing: self.typing.drain().collect(),
            ..PresenceDelta::default()
        };
        let was_online = self.online > 0;
        let mut later = HashSet::default();
        for who in std::mem::take(&mut self.changed) {
            let Some(person) = self.people.get_mut(&who) else {
                continue;
            };
            match who {
                Who::Agent(id) => {
                    if let Some(presence) = person.take_agent_change(id) {
                        delta.agents.push(presence);
                    }
                }
                Who::Visitor(_) if delta.visitors.len() >= limits::PRESENCE_VISITORS => {
                    later.insert(who);
                    continue;
                }
                Who::Visitor(id) => delta.visitors.extend(person.take_visitor_change(id, wall)),
            }
            let is_online = person.announced_online();
            if is_online != std::mem::replace(&mut person.counted, is_online) {
                if let Who::Agent(id) = who {
                    delta.reachability.push((id, is_online));
                }
                self.online = if is_online {
                    self.online + 1
                } else {
                    self.online - 1
                };
            }
            if person.is_gone() {
                self.people.remove(&who);
            }
        }
        self.changed = later;
        delta.agents.sort_by_key(|presence| presence.agent.id);
        let is_online = self.online > 0;
        delta.team_online = (is_online != was_online).then_some(is_online);
        delta
    }
}

/// Whether a visitor can expect an answer from this agent.
fn is_online(presence: &AgentPresence) -> bool {
    presence.availability == Availability::Online
}
