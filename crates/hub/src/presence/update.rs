//! Presence updates: the messages in which nodes exchange presence.
//!
//! An update is about one workspace and holds the changes since the previous one; an empty update is
//! a heartbeat. A node that has missed an update, or has just started, requests the full state. NATS
//! limits the size of a message, so a long state is split into several updates.

use std::time::{Duration, Instant};

use deskbell_protocol::{ConversationId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::{Presence, PresenceEntry, SILENCE, Team, Who};
use crate::det_map::HashSet;
use crate::node::NodeId;

/// The approximate size limit of one update, in bytes; the default limit of NATS is 1 MiB.
const MAX_BYTES: usize = 128 * 1024;
/// The size of a visitor, of a conversation, or of an agent without a name.
const ENTRY_BYTES: usize = 128;
/// The size of each conversation that an agent has open.
const VIEWING_BYTES: usize = 40;
/// The maximum size of a byte of a name in JSON.
const ESCAPED_BYTES: usize = 6;
/// How long a node waits for the full state before it requests it again.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);
/// Every so many rounds without a change a heartbeat is sent.
const HEARTBEAT_ROUNDS: u32 = 3;

/// The state of a person on one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// A member of the workspace.
    Agent(AgentState),
    /// A visitor.
    Visitor {
        /// Has a conversation that is not closed.
        listed: bool,
    },
}

/// The merged state of an agent's connections to one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentState {
    /// Their name.
    pub name: String,
    /// Has chosen to be away.
    pub away: bool,
    /// None of their windows is in use.
    pub idle: bool,
    /// The conversations that are open in windows in use; sorted.
    pub viewing: Vec<ConversationId>,
}

/// A presence update of one node about one workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceUpdate {
    /// The number of the node's updates about this workspace that were not heartbeats.
    pub number: u64,
    /// Whether this is the beginning of the full state rather than a change.
    pub all: bool,
    /// How many of the following updates belong to the full state. People whom none of them names
    /// have left.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// People with their new state; `None`: they have left.
    #[serde(rename = "facts")]
    pub states: Vec<(Who, Option<PresenceState>)>,
    /// Conversations whose visitors are typing.
    pub typing: Vec<ConversationId>,
    /// Agents who have set themselves away, or available again.
    #[serde(rename = "chosen")]
    pub away: Vec<(UserId, bool)>,
}

/// Whether an update could be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateResult {
    /// It was applied.
    Applied,
    /// An earlier update is missing: request the full state.
    Gap,
    /// An earlier update is missing, and the full state was requested a moment ago.
    GapRequested,
}

/// Another node: when its last update arrived, and which.
#[derive(Debug)]
pub(super) struct Peer {
    at: Instant,
    /// The number of its last update; `None` until it has sent its full state.
    number: Option<u64>,
    /// When its full state was requested, until it arrives.
    requested_at: Option<Instant>,
    /// The number of the last update of its full state.
    complete_at: u64,
    /// People whom its full state has not named yet; they are removed when it is complete.
    unnamed: HashSet<Who>,
}

/// The changes that other nodes have not been sent yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    number: u64,
    /// The number of rounds without an update.
    quiet_rounds: u32,
    pub(super) changed: HashSet<Who>,
    pub(super) typing: HashSet<ConversationId>,
    pub(super) away: Vec<(UserId, bool)>,
}

impl Peer {
    fn new(at: Instant, complete_at: u64, unnamed: HashSet<Who>) -> Self {
        Self {
            at,
            number: None,
            requested_at: None,
            complete_at,
            unnamed,
        }
    }

    /// Handles an update that cannot be applied.
    fn on_gap(&mut self) -> UpdateResult {
        let is_recent = |at| self.at.saturating_duration_since(at) < REQUEST_TIMEOUT;
        if self.requested_at.is_some_and(is_recent) {
            return UpdateResult::GapRequested;
        }
        self.requested_at = Some(self.at);
        UpdateResult::Gap
    }
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.typing.is_empty() && self.away.is_empty()
    }
}

impl PresenceState {
    /// Merges the entries of one person.
    pub(super) fn of<'a>(entries: impl Iterator<Item = &'a PresenceEntry>) -> Option<Self> {
        let mut state = None;
        for entry in entries {
            match (&mut state, entry.who) {
                (None, Who::Visitor(_)) => {
                    state = Some(Self::Visitor {
                        listed: entry.listed,
                    });
                }
                (Some(Self::Visitor { listed }), _) => *listed |= entry.listed,
                (None, Who::Agent(_)) => {
                    state = Some(Self::Agent(AgentState {
                        name: entry.name.clone(),
                        away: entry.away,
                        idle: entry.idle,
                        viewing: entry.viewed().to_vec(),
                    }));
                }
                (Some(Self::Agent(state)), _) => {
                    state.away |= entry.away;
                    state.idle &= entry.idle;
                    state.viewing.extend(entry.viewed());
                }
            }
        }
        if let Some(Self::Agent(state)) = &mut state {
            state.viewing.sort_unstable();
            state.viewing.dedup();
        }
        state
    }
}

impl PresenceEntry {
    /// The conversations that are open in a window in use.
    fn viewed(&self) -> &[ConversationId] {
        if self.idle { &[] } else { &self.viewing }
    }
}

impl Presence {
    /// The changes on this node since the previous call, by workspace, and heartbeats. To be called
    /// once a second.
    pub fn take_updates(&mut self) -> Vec<(WorkspaceId, PresenceUpdate)> {
        let teams = self.teams.iter_mut();
        teams
            .flat_map(|(id, team)| team.take_updates().into_iter().map(|it| (*id, it)))
            .collect()
    }

    /// The full state of this node about a workspace, for a node that has started or missed an update.
    pub fn full_updates(&mut self, workspace_id: WorkspaceId) -> Vec<PresenceUpdate> {
        let mut parts = Parts::default();
        let mut nothing = Outbox::default();
        let outbox = match self.teams.get_mut(&workspace_id) {
            Some(team) => {
                for (who, person) in &team.people {
                    if let Some(state) = person.own_state() {
                        parts.push(*who, Some(state.clone()));
                    }
                }
                &mut team.outbox
            }
            None => &mut nothing,
        };
        let mut parts = parts.0;
        // The first has the number of the update sent last; the others are numbered after it.
        let more = parts.len() as u64 - 1;
        parts[0].all = true;
        parts[0].more = more;
        for (number, part) in (outbox.number..).zip(&mut parts) {
            part.number = number;
        }
        outbox.number += more;
        parts
    }

    /// Applies the update of another node.
    pub fn apply(
        &mut self,
        node: NodeId,
        workspace_id: WorkspaceId,
        update: PresenceUpdate,
        at: Instant,
    ) -> UpdateResult {
        let away_changes = update.away.clone();
        let team = self.teams.entry(workspace_id).or_default();
        let result = team.apply(node, update, at);
        if result == UpdateResult::Applied {
            for (user_id, away) in away_changes {
                self.set_away_here(workspace_id, user_id, away);
            }
        }
        result
    }
}

impl Team {
    fn take_updates(&mut self) -> Vec<PresenceUpdate> {
        self.outbox.quiet_rounds = (self.outbox.quiet_rounds + 1) % HEARTBEAT_ROUNDS;
        if self.outbox.is_empty() && self.outbox.quiet_rounds != 0 {
            return Vec::new();
        }
        let outbox = std::mem::take(&mut self.outbox);
        let mut parts = Parts::default();
        for who in outbox.changed {
            parts.push(who, self.own_state(who));
        }
        for id in outbox.typing {
            parts.with_room(ENTRY_BYTES).typing.push(id);
        }
        for change in outbox.away {
            parts.with_room(ENTRY_BYTES).away.push(change);
        }
        let mut number = outbox.number;
        for part in &mut parts.0 {
            number += part.step();
            part.number = number;
        }
        self.outbox.number = number;
        parts.0
    }

    fn own_state(&self, who: Who) -> Option<PresenceState> {
        self.people.get(&who)?.own_state().cloned()
    }

    fn apply(&mut self, node: NodeId, update: PresenceUpdate, at: Instant) -> UpdateResult {
        let (number, step) = (update.number, update.step());
        if update.all {
            let peer = Peer::new(at, number + update.more, self.people_on(node));
            self.nodes.insert(node, peer);
        }
        let unknown = || Peer::new(at, 0, HashSet::default());
        let peer = self.nodes.entry(node).or_insert_with(unknown);
        peer.at = at;
        if !update.all && peer.number.map(|before| before + step) != Some(number) {
            return peer.on_gap();
        }
        peer.number = Some(number);
        for (who, _) in &update.states {
            peer.unnamed.remove(who);
        }
        let gone = match number >= peer.complete_at {
            true => std::mem::take(&mut peer.unnamed),
            false => HashSet::default(),
        };
        let gone = gone.into_iter().map(|who| (who, None));
        for (who, state) in update.states.into_iter().chain(gone) {
            self.set_state(node, who, state);
        }
        self.typing.extend(update.typing);
        UpdateResult::Applied
    }

    fn set_state(&mut self, node: NodeId, who: Who, state: Option<PresenceState>) {
        if state.is_none() && !self.people.contains_key(&who) {
            return;
        }
        let person = self.people.entry(who).or_default();
        if person.set_state(Some(node), state) {
            self.changed.insert(who);
        }
    }

    /// The people on another node.
    fn people_on(&self, node: NodeId) -> HashSet<Who> {
        let people = self.people.iter();
        let there = people.filter(|(_, person)| person.is_on(node));
        there.map(|(who, _)| *who).collect()
    }

    pub(super) fn end_silent_nodes(&mut self, at: Instant) {
        let is_silent = |peer: &Peer| at.saturating_duration_since(peer.at) >= SILENCE;
        let nodes = self.nodes.iter().filter(|(_, peer)| is_silent(peer));
        let silent: Vec<_> = nodes.map(|(node, _)| *node).collect();
        for node in silent {
            self.remove_node(node);
        }
    }

    fn remove_node(&mut self, node: NodeId) {
        self.nodes.remove(&node);
        for (who, person) in &mut self.people {
            if person.set_state(Some(node), None) {
                self.changed.insert(*who);
            }
        }
    }
}

/// A list of updates, each below the size limit. The first always exists, if only as a heartbeat.
struct Parts(Vec<PresenceUpdate>, usize);

impl Default for Parts {
    fn default() -> Self {
        Self(vec![PresenceUpdate::default()], MAX_BYTES)
    }
}

impl Parts {
    fn push(&mut self, who: Who, state: Option<PresenceState>) {
        let bytes = ENTRY_BYTES
            + match &state {
                Some(PresenceState::Agent(agent)) => {
                    agent.name.len() * ESCAPED_BYTES + agent.viewing.len() * VIEWING_BYTES
                }
                Some(PresenceState::Visitor { .. }) | None => 0,
            };
        self.with_room(bytes).states.push((who, state));
    }

    /// The last update if it has room for so many bytes, else a new one.
    fn with_room(&mut self, bytes: usize) -> &mut PresenceUpdate {
        let Self(parts, room) = self;
        if *room < bytes {
            parts.push(PresenceUpdate::default());
            *room = MAX_BYTES;
        }
        *room = room.saturating_sub(bytes);
        let last = parts.len() - 1;
        &mut parts[last]
    }
}

impl PresenceUpdate {
    /// How far it advances the number: a heartbeat does not.
    fn step(&self) -> u64 {
        u64::from(!self.is_heartbeat())
    }

    fn is_heartbeat(&self) -> bool {
        !self.all && self.states.is_empty() && self.typing.is_empty() && self.away.is_empty()
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
