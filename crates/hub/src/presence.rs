//! Who is there: agents at work, visitors on the site, and what is being looked at.
//!
//! Plain state with a clock from outside. A connection takes a seat; the seats of one person on
//! this node make one fact, and the facts of all nodes make what others are told. Facts of other
//! nodes arrive as bulletins and are forgotten with the node that has fallen silent. A seat that
//! was left is kept for a grace period, for a reload is no departure. Nothing is told as it
//! happens: [`Presence::tick`] says once in a while what has changed since it was told last, so
//! however much happens, each follower hears of it once.

mod bulletin;
mod person;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use deskbell_protocol::{
    AgentPresence, Availability, ConversationId, SessionId, UnixMs, UserId, VisitorId,
    VisitorPresence, WorkspaceId, limits,
};

pub use bulletin::{AgentFact, Bulletin, Fact, Hearing};
use person::Person;
use serde::{Deserialize, Serialize};

use crate::maps::{HashMap, HashSet};
use crate::packet::NodeId;

/// Who comes back within this time had not left.
pub const GRACE: Duration = Duration::from_secs(10);
/// A node that was not heard of for so long is gone, and who was there with it.
pub const SILENCE: Duration = Duration::from_secs(8);
/// A visitor who stays is noted down this often.
const NOTED: Duration = Duration::from_secs(60);

/// Somebody who can be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A member of the workspace.
    Agent(UserId),
    /// A visitor of one of its sites.
    Visitor(VisitorId),
}

/// A connection, as far as it matters here.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Whose people see it.
    pub workspace_id: WorkspaceId,
    /// Who sits here.
    pub who: Who,
    /// How they are called; agents only.
    pub name: String,
    /// Agent: has chosen to be away.
    pub away: bool,
    /// Agent: nobody uses this window.
    pub idle: bool,
    /// Agent: what is open in it.
    pub viewing: Vec<ConversationId>,
    /// Visitor: has a conversation that is not closed, so agents want to know.
    pub listed: bool,
}

/// What the people of one workspace are to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Agents with whom something has changed.
    pub agents: Vec<AgentPresence>,
    /// Visitors who came or went, at most [`limits::PRESENCE_VISITORS`].
    pub visitors: Vec<VisitorPresence>,
    /// Where visitors have been writing.
    pub typing: Vec<ConversationId>,
    /// For visitors: an agent can be reached now, or none any more.
    pub team_online: Option<bool>,
    /// Agents who can be reached now, or no longer, for the visitors they are assigned to.
    pub reachability: Vec<(UserId, bool)>,
}

/// What a tick brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    /// To be told, by workspace.
    pub told: Vec<(WorkspaceId, Told)>,
    /// Visitors of this node to be noted down as seen.
    pub seen: Vec<(WorkspaceId, VisitorId, UnixMs)>,
}

/// The people of all workspaces, as this node knows them.
#[derive(Debug)]
pub struct Presence {
    grace: Duration,
    seats: HashMap<SessionId, (Seat, bool)>,
    /// Seats that were left, the longest ago first.
    left: VecDeque<(Instant, SessionId)>,
    teams: HashMap<WorkspaceId, Team>,
    noted_at: Option<Instant>,
}

/// The people of one workspace.
#[derive(Debug, Default)]
struct Team {
    people: HashMap<Who, Person>,
    /// With whom something may have changed since it was told.
    changed: HashSet<Who>,
    typing: HashSet<ConversationId>,
    /// How many agents have been told to be online.
    online: usize,
    /// The other nodes that say who is there with them.
    nodes: HashMap<NodeId, bulletin::Heard>,
    /// What they have not been told yet.
    outbox: bulletin::Outbox,
}

impl Presence {
    /// Nobody is there. A seat that was left stays taken for `grace`.
    pub fn new(grace: Duration) -> Self {
        Self {
            grace,
            seats: HashMap::default(),
            left: VecDeque::new(),
            teams: HashMap::default(),
            noted_at: None,
        }
    }

    /// Another time within which nobody has left, from now on.
    pub fn set_grace(&mut self, grace: Duration) {
        self.grace = grace;
    }

    /// Somebody has come. If they had left a seat a moment ago, they are back, and listed as they were.
    pub fn sit(&mut self, id: SessionId, mut seat: Seat) {
        let (workspace_id, who) = (seat.workspace_id, seat.who);
        let team = self.teams.entry(workspace_id).or_default();
        let person = team.people.entry(who).or_default();
        person.seats.retain(|other| {
            let is_left = self.seats.get(other).is_none_or(|(_, left)| *left);
            if is_left && let Some((before, _)) = self.seats.remove(other) {
                seat.listed |= before.listed;
            }
            !is_left
        });
        person.seats.reserve_exact(1);
        person.seats.push(id);
        self.seats.insert(id, (seat, false));
        self.refresh(workspace_id, who);
    }

    /// Something about a connection has changed.
    pub fn change(&mut self, id: SessionId, change: impl FnOnce(&mut Seat)) {
        if let Some((seat, _)) = self.seats.get_mut(&id) {
            change(seat);
            let (workspace_id, who) = (seat.workspace_id, seat.who);
            self.refresh(workspace_id, who);
        }
    }

    /// A connection has ended.
    pub fn leave(&mut self, id: SessionId, at: Instant, wall: UnixMs) {
        let Some((seat, left)) = self.seats.get_mut(&id) else {
            return;
        };
        *left = true;
        let person = self
            .teams
            .get_mut(&seat.workspace_id)
            .and_then(|team| team.people.get_mut(&seat.who));
        if let Some(person) = person {
            person.seen_at = wall;
        }
        self.left.push_back((at, id));
    }

    /// An agent has chosen, on one of their connections, for all of them.
    pub fn choose(&mut self, workspace_id: WorkspaceId, user_id: UserId, away: bool) {
        self.choose_here(workspace_id, user_id, away);
        if let Some(team) = self.teams.get_mut(&workspace_id) {
            team.outbox.chosen.push((user_id, away));
        }
    }

    fn choose_here(&mut self, workspace_id: WorkspaceId, user_id: UserId, away: bool) {
        let who = Who::Agent(user_id);
        let person = self
            .teams
            .get(&workspace_id)
            .and_then(|team| team.people.get(&who));
        for id in person.into_iter().flat_map(|person| &person.seats) {
            if let Some((seat, _)) = self.seats.get_mut(id) {
                seat.away = away;
            }
        }
        self.refresh(workspace_id, who);
    }

    /// The visitor of a conversation is writing.
    pub fn typed(&mut self, workspace_id: WorkspaceId, conversation_id: ConversationId) {
        if let Some(team) = self.teams.get_mut(&workspace_id) {
            team.typing.insert(conversation_id);
            team.outbox.typing.insert(conversation_id);
        }
    }

    /// They have written it, and are not writing any more.
    pub fn wrote(&mut self, workspace_id: WorkspaceId, conversation_id: ConversationId) {
        if let Some(team) = self.teams.get_mut(&workspace_id) {
            team.typing.remove(&conversation_id);
            team.outbox.typing.remove(&conversation_id);
        }
    }

    /// Their sessions on this node.
    pub fn sessions_of(&self, workspace_id: WorkspaceId, who: Who) -> Vec<SessionId> {
        let team = self.teams.get(&workspace_id);
        let person = team.and_then(|team| team.people.get(&who));
        let seats = person.into_iter().flat_map(|person| &person.seats);
        let is_taken = |id: &&SessionId| self.seats.get(*id).is_some_and(|(_, left)| !left);
        seats.filter(is_taken).copied().collect()
    }

    /// Whether somebody is there, on whichever node.
    pub fn is_here(&self, workspace_id: WorkspaceId, who: Who) -> bool {
        let team = self.teams.get(&workspace_id);
        team.and_then(|team| team.people.get(&who))
            .is_some_and(|person| !person.facts.is_empty())
    }

    /// Whether an agent can be reached: connected to some node, at work and not away.
    pub fn is_reachable(&self, workspace_id: WorkspaceId, user_id: UserId) -> bool {
        let team = self.teams.get(&workspace_id);
        let person = team.and_then(|team| team.people.get(&Who::Agent(user_id)));
        let presence = person.and_then(|person| person.as_agent(user_id));
        presence.as_ref().is_some_and(is_reachable)
    }

    /// Whether visitors were told last that an agent can be reached. What they are told at the start
    /// must be this, so that every later change is told.
    pub fn is_told_reachable(&self, workspace_id: WorkspaceId, user_id: UserId) -> bool {
        let team = self.teams.get(&workspace_id);
        let person = team.and_then(|team| team.people.get(&Who::Agent(user_id)));
        person.is_some_and(|person| person.counted)
    }

    /// The agents with a connection to this node who can be reached.
    pub fn reachable_here(&self) -> Vec<(WorkspaceId, UserId)> {
        let seats = self.seats.values().filter(|(_, left)| !left);
        let agents: HashSet<_> = seats
            .filter_map(|(seat, _)| match seat.who {
                Who::Agent(id) => Some((seat.workspace_id, id)),
                Who::Visitor(_) => None,
            })
            .collect();
        let reachable = agents.into_iter();
        reachable
            .filter(|(workspace, user)| self.is_reachable(*workspace, *user))
            .collect()
    }

    /// A connection has ended because its person has no access any more: it counts no longer, without
    /// grace, and nor do those that the person has left a moment ago.
    pub fn end(&mut self, id: SessionId) {
        let Some((seat, _)) = self.seats.get(&id) else {
            return;
        };
        let (workspace_id, who) = (seat.workspace_id, seat.who);
        let person = self.teams.get_mut(&workspace_id);
        let Some(person) = person.and_then(|team| team.people.get_mut(&who)) else {
            return;
        };
        let seats = &mut self.seats;
        person.seats.retain(|other| {
            let is_left = seats.get(other).is_none_or(|(_, left)| *left);
            let ends = *other == id || is_left;
            if ends {
                seats.remove(other);
            }
            !ends
        });
        self.refresh(workspace_id, who);
    }

    /// Whether visitors have been told that an agent can be reached.
    pub fn is_team_online(&self, workspace_id: WorkspaceId) -> bool {
        let team = self.teams.get(&workspace_id);
        team.is_some_and(|team| team.online > 0)
    }

    /// Everybody who is there, for one who has just come.
    pub fn everybody(&self, workspace_id: WorkspaceId, wall: UnixMs) -> Told {
        let mut told = Told::default();
        for (who, person) in self
            .teams
            .get(&workspace_id)
            .into_iter()
            .flat_map(|it| &it.people)
        {
            match *who {
                Who::Agent(id) => told.agents.extend(person.as_agent(id)),
                Who::Visitor(visitor_id) => {
                    if person.is_listed() && told.visitors.len() < limits::PRESENCE_VISITORS {
                        told.visitors.push(VisitorPresence {
                            visitor_id,
                            online: true,
                            last_seen_at: wall,
                        });
                    }
                }
            }
        }
        told.agents.sort_by_key(|presence| presence.agent.id);
        told
    }

    /// Time has passed: what is to be told, and noted down.
    pub fn tick(&mut self, at: Instant, wall: UnixMs) -> Tick {
        let mut tick = Tick::default();
        self.end_grace(at, &mut tick.seen);
        self.note_visitors(at, wall, &mut tick.seen);
        for (workspace_id, team) in &mut self.teams {
            team.end_silent_nodes(at);
            let told = team.tell(wall);
            if told != Told::default() {
                tick.told.push((*workspace_id, told));
            }
        }
        self.teams.retain(|_, team| !team.is_empty());
        tick
    }

    /// Seats that were left too long ago are free.
    fn end_grace(&mut self, at: Instant, seen: &mut Vec<(WorkspaceId, VisitorId, UnixMs)>) {
        while let Some((left_at, id)) = self.left.front().copied() {
            if at.saturating_duration_since(left_at) < self.grace {
                break;
            }
            self.left.pop_front();
            let Some((seat, _)) = self.seats.remove(&id) else {
                continue;
            };
            let Some(person) = self
                .teams
                .get_mut(&seat.workspace_id)
                .and_then(|team| team.people.get_mut(&seat.who))
            else {
                continue;
            };
            person.seats.retain(|other| *other != id);
            if let (true, Who::Visitor(visitor_id)) = (person.seats.is_empty(), seat.who) {
                seen.push((seat.workspace_id, visitor_id, person.seen_at));
            }
            self.refresh(seat.workspace_id, seat.who);
        }
    }

    fn note_visitors(
        &mut self,
        at: Instant,
        wall: UnixMs,
        seen: &mut Vec<(WorkspaceId, VisitorId, UnixMs)>,
    ) {
        let noted_at = *self.noted_at.get_or_insert(at);
        if at.saturating_duration_since(noted_at) < NOTED {
            return;
        }
        self.noted_at = Some(at);
        let mut noted = HashSet::default();
        for (seat, left) in self.seats.values() {
            if let (Who::Visitor(visitor_id), false) = (seat.who, *left)
                && noted.insert(visitor_id)
            {
                seen.push((seat.workspace_id, visitor_id, wall));
            }
        }
    }

    /// Works out anew what this node knows of a person.
    fn refresh(&mut self, workspace_id: WorkspaceId, who: Who) {
        let Some(team) = self.teams.get_mut(&workspace_id) else {
            return;
        };
        let Some(person) = team.people.get_mut(&who) else {
            return;
        };
        let seats = person.seats.iter().filter_map(|id| self.seats.get(id));
        let fact = Fact::of(seats.map(|(seat, _)| seat));
        if person.set_fact(None, fact) {
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

    fn tell(&mut self, wall: UnixMs) -> Told {
        let mut told = Told {
            typing: self.typing.drain().collect(),
            ..Told::default()
        };
        let was_online = self.online > 0;
        let mut later = HashSet::default();
        for who in std::mem::take(&mut self.changed) {
            let Some(person) = self.people.get_mut(&who) else {
                continue;
            };
            match who {
                Who::Agent(id) => {
                    if let Some(presence) = person.tell_agent(id) {
                        told.agents.push(presence);
                    }
                }
                Who::Visitor(_) if told.visitors.len() >= limits::PRESENCE_VISITORS => {
                    later.insert(who);
                    continue;
                }
                Who::Visitor(id) => told.visitors.extend(person.tell_visitor(id, wall)),
            }
            let is_online = person.told_online();
            if is_online != std::mem::replace(&mut person.counted, is_online) {
                if let Who::Agent(id) = who {
                    told.reachability.push((id, is_online));
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
        told.agents.sort_by_key(|presence| presence.agent.id);
        let is_online = self.online > 0;
        told.team_online = (is_online != was_online).then_some(is_online);
        told
    }
}

/// Whether a colleague who says this can be reached by a visitor.
fn is_reachable(presence: &AgentPresence) -> bool {
    presence.availability == Availability::Online
}
