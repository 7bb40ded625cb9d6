//! What nodes tell each other about who is there.
//!
//! A bulletin is about one workspace and holds what has changed since the one before; an empty one
//! is a sign of life. Whoever has missed one, or has just come, asks for everything. NATS takes so
//! much at once and no more, so what is long is said in several bulletins, one after the other.

use std::time::{Duration, Instant};

use deskbell_protocol::{ConversationId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::{Presence, SILENCE, Seat, Team, Who};
use crate::maps::HashSet;
use crate::packet::NodeId;

/// About so many bytes go into one bulletin; NATS takes 1 MiB if it is not told otherwise.
const PART: usize = 128 * 1024;
/// What a visitor takes of it, or a conversation, or an agent with the shortest name.
const ENTRY: usize = 128;
/// What one more conversation that an agent looks at takes.
const VIEWED: usize = 40;
/// What a byte of a name takes at most.
const ESCAPED: usize = 6;
/// Whoever has been asked for everything has so long to say it.
const PATIENCE: Duration = Duration::from_secs(1);
/// Every so many times something is said though nothing has changed.
const SIGN_OF_LIFE: u32 = 3;

/// What a node knows of somebody who is connected to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A member of the workspace.
    Agent(AgentFact),
    /// A visitor.
    Visitor {
        /// Has a conversation that is not closed.
        listed: bool,
    },
}

/// An agent's connections to one node, taken together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFact {
    /// How they are called.
    pub name: String,
    /// Has chosen to be away.
    pub away: bool,
    /// None of their windows is used.
    pub idle: bool,
    /// What is open in those that are; sorted.
    pub viewing: Vec<ConversationId>,
}

/// What a node tells the others about who is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulletin {
    /// Its bulletins about this workspace that were not empty, counted.
    pub number: u64,
    /// Whether this is all that it knows, and not only what has changed.
    pub all: bool,
    /// How many bulletins behind this one belong to all that it knows. Who stands in none of them
    /// is gone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// People with what is known of them now; `None`: they are gone.
    pub facts: Vec<(Who, Option<Fact>)>,
    /// Conversations whose visitors are writing.
    pub typing: Vec<ConversationId>,
    /// Agents who have chosen to be away, or not to be.
    pub chosen: Vec<(UserId, bool)>,
}

/// Whether a bulletin could be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// It was.
    Taken,
    /// One before it is missing: ask its node for everything.
    Missed,
    /// One before it is missing, and its node has been asked a moment ago.
    Awaited,
}

/// Of another node: when it was heard, and which bulletin.
#[derive(Debug)]
pub(super) struct Heard {
    at: Instant,
    /// `None` until it has said everything once.
    number: Option<u64>,
    /// It was asked for everything, and has not begun to say it.
    asked_at: Option<Instant>,
    /// It is saying everything, and with this bulletin it will have said it.
    whole_at: u64,
    /// Whom it has not named yet while it does: they stay until then.
    unnamed: HashSet<Who>,
}

/// What the others have not been told yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    number: u64,
    /// How often nothing has been said.
    quiet: u32,
    pub(super) changed: HashSet<Who>,
    pub(super) typing: HashSet<ConversationId>,
    pub(super) chosen: Vec<(UserId, bool)>,
}

impl Heard {
    fn new(at: Instant, whole_at: u64, unnamed: HashSet<Who>) -> Self {
        Self {
            at,
            number: None,
            asked_at: None,
            whole_at,
            unnamed,
        }
    }

    /// What it has just said cannot be used.
    fn miss(&mut self) -> Hearing {
        let is_recent = |at| self.at.saturating_duration_since(at) < PATIENCE;
        if self.asked_at.is_some_and(is_recent) {
            return Hearing::Awaited;
        }
        self.asked_at = Some(self.at);
        Hearing::Missed
    }
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.typing.is_empty() && self.chosen.is_empty()
    }
}

impl Fact {
    /// What these seats of one person say together.
    pub(super) fn of<'a>(seats: impl Iterator<Item = &'a Seat>) -> Option<Self> {
        let mut fact = None;
        for seat in seats {
            match (&mut fact, seat.who) {
                (None, Who::Visitor(_)) => {
                    fact = Some(Self::Visitor {
                        listed: seat.listed,
                    });
                }
                (Some(Self::Visitor { listed }), _) => *listed |= seat.listed,
                (None, Who::Agent(_)) => {
                    fact = Some(Self::Agent(AgentFact {
                        name: seat.name.clone(),
                        away: seat.away,
                        idle: seat.idle,
                        viewing: seat.viewed().to_vec(),
                    }));
                }
                (Some(Self::Agent(fact)), _) => {
                    fact.away |= seat.away;
                    fact.idle &= seat.idle;
                    fact.viewing.extend(seat.viewed());
                }
            }
        }
        if let Some(Self::Agent(fact)) = &mut fact {
            fact.viewing.sort_unstable();
            fact.viewing.dedup();
        }
        fact
    }
}

impl Seat {
    /// What is open in a window that is used.
    fn viewed(&self) -> &[ConversationId] {
        if self.idle { &[] } else { &self.viewing }
    }
}

impl Presence {
    /// By workspace, what has changed here since the last time; now and then a sign of life where
    /// nothing has. To be called once a second.
    pub fn bulletins(&mut self) -> Vec<(WorkspaceId, Bulletin)> {
        let teams = self.teams.iter_mut();
        teams
            .flat_map(|(id, team)| team.bulletins().into_iter().map(|it| (*id, it)))
            .collect()
    }

    /// All that is known here of a workspace, for a node that has just come or missed something.
    pub fn whole(&mut self, workspace_id: WorkspaceId) -> Vec<Bulletin> {
        let mut parts = Parts::default();
        let mut nothing = Outbox::default();
        let outbox = match self.teams.get_mut(&workspace_id) {
            Some(team) => {
                for (who, person) in &team.people {
                    if let Some(fact) = person.own_fact() {
                        parts.tell(*who, Some(fact.clone()));
                    }
                }
                &mut team.outbox
            }
            None => &mut nothing,
        };
        let mut parts = parts.0;
        // The first is as of what was said last; the others count as said after it.
        let more = parts.len() as u64 - 1;
        parts[0].all = true;
        parts[0].more = more;
        for (number, part) in (outbox.number..).zip(&mut parts) {
            part.number = number;
        }
        outbox.number += more;
        parts
    }

    /// Another node tells.
    pub fn hear(
        &mut self,
        node: NodeId,
        workspace_id: WorkspaceId,
        bulletin: Bulletin,
        at: Instant,
    ) -> Hearing {
        let chosen = bulletin.chosen.clone();
        let team = self.teams.entry(workspace_id).or_default();
        let hearing = team.hear(node, bulletin, at);
        if hearing == Hearing::Taken {
            for (user_id, away) in chosen {
                self.choose_here(workspace_id, user_id, away);
            }
        }
        hearing
    }
}

impl Team {
    fn bulletins(&mut self) -> Vec<Bulletin> {
        self.outbox.quiet = (self.outbox.quiet + 1) % SIGN_OF_LIFE;
        if self.outbox.is_empty() && self.outbox.quiet != 0 {
            return Vec::new();
        }
        let outbox = std::mem::take(&mut self.outbox);
        let mut parts = Parts::default();
        for who in outbox.changed {
            parts.tell(who, self.own_fact(who));
        }
        for id in outbox.typing {
            parts.with_room(ENTRY).typing.push(id);
        }
        for choice in outbox.chosen {
            parts.with_room(ENTRY).chosen.push(choice);
        }
        let mut number = outbox.number;
        for part in &mut parts.0 {
            number += part.step();
            part.number = number;
        }
        self.outbox.number = number;
        parts.0
    }

    fn own_fact(&self, who: Who) -> Option<Fact> {
        self.people.get(&who)?.own_fact().cloned()
    }

    fn hear(&mut self, node: NodeId, bulletin: Bulletin, at: Instant) -> Hearing {
        let (number, step) = (bulletin.number, bulletin.step());
        if bulletin.all {
            let heard = Heard::new(at, number + bulletin.more, self.people_of(node));
            self.nodes.insert(node, heard);
        }
        let unknown = || Heard::new(at, 0, HashSet::default());
        let heard = self.nodes.entry(node).or_insert_with(unknown);
        heard.at = at;
        if !bulletin.all && heard.number.map(|before| before + step) != Some(number) {
            return heard.miss();
        }
        heard.number = Some(number);
        for (who, _) in &bulletin.facts {
            heard.unnamed.remove(who);
        }
        let gone = match number >= heard.whole_at {
            true => std::mem::take(&mut heard.unnamed),
            false => HashSet::default(),
        };
        let gone = gone.into_iter().map(|who| (who, None));
        for (who, fact) in bulletin.facts.into_iter().chain(gone) {
            self.set_fact(node, who, fact);
        }
        self.typing.extend(bulletin.typing);
        Hearing::Taken
    }

    fn set_fact(&mut self, node: NodeId, who: Who, fact: Option<Fact>) {
        if fact.is_none() && !self.people.contains_key(&who) {
            return;
        }
        let person = self.people.entry(who).or_default();
        if person.set_fact(Some(node), fact) {
            self.changed.insert(who);
        }
    }

    /// Who is there with another node.
    fn people_of(&self, node: NodeId) -> HashSet<Who> {
        let people = self.people.iter();
        let there = people.filter(|(_, person)| person.is_with(node));
        there.map(|(who, _)| *who).collect()
    }

    pub(super) fn end_silent_nodes(&mut self, at: Instant) {
        let is_silent = |heard: &Heard| at.saturating_duration_since(heard.at) >= SILENCE;
        let nodes = self.nodes.iter().filter(|(_, heard)| is_silent(heard));
        let silent: Vec<_> = nodes.map(|(node, _)| *node).collect();
        for node in silent {
            self.forget(node);
        }
    }

    fn forget(&mut self, node: NodeId) {
        self.nodes.remove(&node);
        for (who, person) in &mut self.people {
            if person.set_fact(Some(node), None) {
                self.changed.insert(*who);
            }
        }
    }
}

/// Bulletins, each with as much as goes into one. There is always a first, if only as a sign of life.
struct Parts(Vec<Bulletin>, usize);

impl Default for Parts {
    fn default() -> Self {
        Self(vec![Bulletin::default()], PART)
    }
}

impl Parts {
    fn tell(&mut self, who: Who, fact: Option<Fact>) {
        let bytes = ENTRY
            + match &fact {
                Some(Fact::Agent(agent)) => {
                    agent.name.len() * ESCAPED + agent.viewing.len() * VIEWED
                }
                Some(Fact::Visitor { .. }) | None => 0,
            };
        self.with_room(bytes).facts.push((who, fact));
    }

    /// The last one if so many bytes still go into it, else a new one.
    fn with_room(&mut self, bytes: usize) -> &mut Bulletin {
        let Self(parts, room) = self;
        if *room < bytes {
            parts.push(Bulletin::default());
            *room = PART;
        }
        *room = room.saturating_sub(bytes);
        let last = parts.len() - 1;
        &mut parts[last]
    }
}

impl Bulletin {
    /// What it adds to the number of those before it.
    fn step(&self) -> u64 {
        u64::from(!self.is_sign_of_life())
    }

    fn is_sign_of_life(&self) -> bool {
        !self.all && self.facts.is_empty() && self.typing.is_empty() && self.chosen.is_empty()
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
