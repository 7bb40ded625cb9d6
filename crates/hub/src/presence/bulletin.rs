//! What nodes tell each other about who is there.
//!
//! A bulletin is about one workspace and holds what has changed since the one before; an empty one
//! is a sign of life. Whoever has missed one, or has just come, asks for everything.

use std::time::Instant;

use deskbell_protocol::{ConversationId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::{Presence, SILENCE, Seat, Team, Who};
use crate::maps::HashSet;
use crate::packet::NodeId;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulletin {
    /// Its bulletins about this workspace that were not empty, counted.
    pub number: u64,
    /// Whether this is all that it knows, and not only what has changed.
    pub all: bool,
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
}

/// Of another node: when it was heard, and which bulletin.
#[derive(Debug)]
pub(super) struct Heard {
    at: Instant,
    number: u64,
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
            .filter_map(|(id, team)| Some((*id, team.bulletin()?)))
            .collect()
    }

    /// All that is known here of a workspace, for a node that has just come or missed something.
    pub fn whole(&self, workspace_id: WorkspaceId) -> Bulletin {
        let team = self.teams.get(&workspace_id);
        let facts = team.into_iter().flat_map(|team| {
            let facts = team.people.iter();
            facts.filter_map(|(who, person)| Some((*who, Some(person.own_fact()?.clone()))))
        });
        Bulletin {
            number: team.map_or(0, |team| team.outbox.number),
            all: true,
            facts: facts.collect(),
            typing: Vec::new(),
            chosen: Vec::new(),
        }
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
    fn bulletin(&mut self) -> Option<Bulletin> {
        self.outbox.quiet = (self.outbox.quiet + 1) % SIGN_OF_LIFE;
        if self.outbox.is_empty() && self.outbox.quiet != 0 {
            return None;
        }
        let outbox = std::mem::take(&mut self.outbox);
        let bulletin = Bulletin {
            number: outbox.number,
            all: false,
            facts: outbox
                .changed
                .into_iter()
                .map(|who| (who, self.own_fact(who)))
                .collect(),
            typing: outbox.typing.into_iter().collect(),
            chosen: outbox.chosen,
        };
        self.outbox.number = bulletin.number + u64::from(!bulletin.is_sign_of_life());
        Some(Bulletin {
            number: self.outbox.number,
            ..bulletin
        })
    }

    fn own_fact(&self, who: Who) -> Option<Fact> {
        self.people.get(&who)?.own_fact().cloned()
    }

    fn hear(&mut self, node: NodeId, bulletin: Bulletin, at: Instant) -> Hearing {
        let step = u64::from(!bulletin.is_sign_of_life());
        let number = bulletin.number;
        match self.nodes.get_mut(&node) {
            _ if bulletin.all => {
                self.forget(node);
                self.nodes.insert(node, Heard { at, number });
            }
            Some(heard) if heard.number + step == number => *heard = Heard { at, number },
            Some(heard) => {
                heard.at = at;
                return Hearing::Missed;
            }
            None => return Hearing::Missed,
        }
        for (who, fact) in bulletin.facts {
            if fact.is_none() && !self.people.contains_key(&who) {
                continue;
            }
            if self
                .people
                .entry(who)
                .or_default()
                .set_fact(Some(node), fact)
            {
                self.changed.insert(who);
            }
        }
        self.typing.extend(bulletin.typing);
        Hearing::Taken
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

impl Bulletin {
    fn is_sign_of_life(&self) -> bool {
        !self.all && self.facts.is_empty() && self.typing.is_empty() && self.chosen.is_empty()
    }
}
