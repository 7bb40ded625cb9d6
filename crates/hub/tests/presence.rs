//! Presence, with a clock that the tests set.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::time::{Duration, Instant};

use deskbell_hub::NodeId;
use deskbell_hub::presence::{
    Presence, PresenceDelta, PresenceEntry, PresenceUpdate, SILENCE, UpdateResult, Who,
};
use deskbell_protocol::{
    AgentPresence, Availability, ConnectionId, ConversationId, UserId, VisitorId, WorkspaceId,
};
use uuid::Uuid;

const GRACE: Duration = Duration::from_secs(10);
const WALL: i64 = 1_700_000_000_000;

struct TestNode {
    node: NodeId,
    presence: Presence,
    now: Instant,
    wall: i64,
}

impl TestNode {
    fn new() -> Self {
        Self::on(1)
    }

    fn on(node: u64) -> Self {
        Self {
            node: NodeId::new(node),
            presence: Presence::new(GRACE),
            now: Instant::now(),
            wall: WALL,
        }
    }

    fn join(&mut self, id: u8, entry: PresenceEntry) {
        self.presence.join(session(id), entry);
    }

    fn leave(&mut self, id: u8) {
        self.presence.leave(session(id), self.now, self.wall);
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.wall += i64::try_from(time.as_millis()).expect("the time is short");
    }

    /// The presence changes that are announced to North.
    fn announced(&mut self) -> PresenceDelta {
        let tick = self.presence.tick(self.now, self.wall);
        let mut announced = tick.deltas.into_iter();
        let announced = announced.find(|(workspace_id, _)| *workspace_id == north());
        announced.map(|(_, delta)| delta).unwrap_or_default()
    }

    fn applies_update_of(&mut self, other: &mut Self) -> UpdateResult {
        let updates = other.presence.take_updates();
        let updates = updates.into_iter();
        let of_north = updates.filter(|(workspace_id, _)| *workspace_id == north());
        // Not every round has an update.
        of_north.fold(UpdateResult::Applied, |_, (_, update)| {
            self.apply(other, update)
        })
    }

    fn applies_full_state_of(&mut self, other: &mut Self) {
        for part in other.presence.full_updates(north()) {
            assert_eq!(self.apply(other, part), UpdateResult::Applied);
        }
    }

    /// All visitors that are announced as listed, in as many ticks as that takes.
    fn announced_visitors(&mut self) -> Vec<(VisitorId, bool)> {
        let mut visitors = Vec::new();
        loop {
            let delta = self.announced();
            if delta.visitors.is_empty() {
                return visitors;
            }
            visitors.extend(delta.visitors.iter().map(|it| (it.visitor_id, it.online)));
        }
    }

    fn apply(&mut self, other: &Self, update: PresenceUpdate) -> UpdateResult {
        self.presence.apply(other.node, north(), update, self.now)
    }
}

fn north() -> WorkspaceId {
    WorkspaceId::from_parts(1, [9; 10])
}

fn session(n: u8) -> ConnectionId {
    ConnectionId::from_parts(1, [n; 10])
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::from_parts(1, [n; 10])
}

fn ada() -> PresenceEntry {
    PresenceEntry {
        workspace_id: north(),
        who: Who::Agent(UserId::from_parts(1, [1; 10])),
        name: "Ada".to_owned(),
        away: false,
        idle: false,
        viewing: Vec::new(),
        listed: false,
    }
}

fn vera() -> PresenceEntry {
    PresenceEntry {
        who: Who::Visitor(VisitorId::from_parts(1, [2; 10])),
        name: String::new(),
        listed: true,
        ..ada()
    }
}

fn availability(delta: &PresenceDelta) -> Vec<Availability> {
    let agents = delta.agents.iter();
    agents.map(|presence| presence.availability).collect()
}

fn only(delta: &PresenceDelta) -> &AgentPresence {
    let [presence] = &delta.agents[..] else {
        panic!("one agent, not {delta:?}");
    };
    presence
}

#[test]
fn a_reload_does_not_end_presence() {
    let mut node = TestNode::new();
    node.join(1, ada());
    let delta = node.announced();
    assert_eq!(availability(&delta), [Availability::Online]);
    assert_eq!(delta.team_online, Some(true));

    node.leave(1);
    node.wait(GRACE - Duration::from_secs(1));
    assert_eq!(node.announced(), PresenceDelta::default());
    node.join(2, ada());
    node.wait(2 * GRACE);
    assert_eq!(node.announced(), PresenceDelta::default());
}

#[test]
fn an_agent_goes_offline_after_the_grace_period_and_the_team_with_them() {
    let mut node = TestNode::new();
    node.join(1, ada());
    node.announced();
    node.leave(1);
    node.wait(GRACE);
    let delta = node.announced();
    assert_eq!(availability(&delta), [Availability::Offline]);
    assert_eq!(delta.team_online, Some(false));
    assert!(node.presence.snapshot(north(), WALL).agents.is_empty());
}

#[test]
fn several_windows_are_one_agent() {
    let mut node = TestNode::new();
    node.join(1, ada());
    node.announced();
    node.join(
        2,
        PresenceEntry {
            idle: true,
            ..ada()
        },
    );
    assert_eq!(
        node.announced(),
        PresenceDelta::default(),
        "one of them is used"
    );
    node.presence.change(session(1), |entry| entry.idle = true);
    assert_eq!(availability(&node.announced()), [Availability::Away]);
    node.presence.change(session(2), |entry| entry.idle = false);
    assert_eq!(availability(&node.announced()), [Availability::Online]);
    node.leave(1);
    node.wait(2 * GRACE);
    assert_eq!(node.announced(), PresenceDelta::default());
}

#[test]
fn an_agent_who_is_away_is_away_in_every_window() {
    let mut node = TestNode::new();
    node.join(1, ada());
    node.join(2, ada());
    node.announced();
    let Who::Agent(id) = ada().who else {
        unreachable!()
    };
    node.presence.set_away(north(), id, true);
    let delta = node.announced();
    assert_eq!(availability(&delta), [Availability::Away]);
    assert_eq!(delta.team_online, Some(false));
    node.presence.set_away(north(), id, false);
    assert_eq!(availability(&node.announced()), [Availability::Online]);
}

#[test]
fn changes_between_two_ticks_are_announced_once() {
    let mut node = TestNode::new();
    node.join(1, ada());
    node.announced();
    for n in 0..50 {
        node.presence.change(session(1), |entry| {
            entry.viewing = vec![conversation(n)];
            entry.idle = n % 2 == 0;
        });
    }
    let delta = node.announced();
    assert_eq!(only(&delta).viewing, [conversation(49)]);
    assert_eq!(node.announced(), PresenceDelta::default());
}

#[test]
fn conversations_in_an_idle_window_are_not_being_viewed() {
    let mut node = TestNode::new();
    let viewing = vec![conversation(1)];
    node.join(1, PresenceEntry { viewing, ..ada() });
    assert_eq!(only(&node.announced()).viewing, [conversation(1)]);
    node.presence.change(session(1), |entry| entry.idle = true);
    let delta = node.announced();
    assert!(only(&delta).viewing.is_empty());
}

#[test]
fn a_visitor_is_announced_only_with_a_conversation_and_last_seen_when_they_left() {
    let mut node = TestNode::new();
    node.join(
        1,
        PresenceEntry {
            listed: false,
            ..vera()
        },
    );
    assert_eq!(node.announced(), PresenceDelta::default());
    node.presence
        .change(session(1), |entry| entry.listed = true);
    assert!(node.announced().visitors[0].online);
    node.wait(Duration::from_secs(5));
    node.leave(1);
    let left_at = node.wall;
    node.wait(GRACE);
    let tick = node.presence.tick(node.now, node.wall);
    let (_, delta) = &tick.deltas[0];
    assert_eq!(
        (delta.visitors[0].online, delta.visitors[0].last_seen_at),
        (false, left_at)
    );
    assert_eq!(tick.seen.len(), 1);
    assert_eq!(tick.seen[0].2, left_at);
}

#[test]
fn the_last_seen_time_of_an_online_visitor_is_saved_once_a_minute() {
    let mut node = TestNode::new();
    node.join(1, vera());
    node.join(2, vera());
    let mut noted = 0;
    for _ in 0..180 {
        noted += node.presence.tick(node.now, node.wall).seen.len();
        node.wait(Duration::from_secs(1));
    }
    assert_eq!(noted, 2);
}

#[test]
fn people_who_left_free_their_memory() {
    let mut node = TestNode::new();
    for n in 0..50 {
        node.join(n, ada());
        node.join(100 + n, vera());
        node.leave(n);
        node.leave(100 + n);
    }
    node.wait(GRACE);
    node.announced();
    assert_eq!(
        node.presence.take_updates().len(),
        1,
        "the other nodes receive an update"
    );
    assert_eq!(node.announced(), PresenceDelta::default());
    let nobody = node.presence.full_updates(north());
    assert!(nobody.iter().all(|part| part.states.is_empty()));
    assert!(
        node.presence.take_updates().is_empty(),
        "{:?}",
        node.presence
    );
}

#[test]
fn an_agent_on_another_node_is_online_until_the_node_falls_silent() {
    let (mut here, mut there) = (TestNode::on(1), TestNode::on(2));
    there.join(1, ada());
    assert_eq!(here.applies_update_of(&mut there), UpdateResult::Gap);
    here.applies_full_state_of(&mut there);
    assert_eq!(availability(&here.announced()), [Availability::Online]);
    for _ in 0..20 {
        here.wait(Duration::from_secs(1));
        assert_eq!(
            here.applies_update_of(&mut there),
            UpdateResult::Applied,
            "a sign of life"
        );
        assert_eq!(here.announced(), PresenceDelta::default());
    }
    here.wait(SILENCE);
    let delta = here.announced();
    assert_eq!(availability(&delta), [Availability::Offline]);
    assert_eq!(delta.team_online, Some(false));
}

#[test]
fn a_node_that_missed_an_update_requests_the_full_state() {
    let (mut here, mut there) = (TestNode::on(1), TestNode::on(2));
    here.applies_full_state_of(&mut there);
    there.join(1, ada());
    there.presence.take_updates();
    there.join(2, vera());
    assert_eq!(here.applies_update_of(&mut there), UpdateResult::Gap);
    here.applies_full_state_of(&mut there);
    let delta = here.announced();
    assert_eq!((delta.agents.len(), delta.visitors.len()), (1, 1));
    there.join(
        3,
        PresenceEntry {
            who: Who::Agent(UserId::from_parts(1, [7; 10])),
            ..ada()
        },
    );
    assert_eq!(here.applies_update_of(&mut there), UpdateResult::Applied);
    assert_eq!(here.announced().agents.len(), 1);
}

#[test]
fn an_agent_on_two_nodes_counts_once_and_is_away_on_both() {
    let (mut here, mut there) = (TestNode::on(1), TestNode::on(2));
    here.join(1, ada());
    there.join(2, ada());
    here.applies_full_state_of(&mut there);
    there.applies_full_state_of(&mut here);
    here.presence.take_updates();
    there.presence.take_updates();
    here.applies_full_state_of(&mut there);
    there.applies_full_state_of(&mut here);
    assert_eq!(here.announced().agents.len(), 1);
    let Who::Agent(id) = ada().who else {
        unreachable!()
    };
    there.presence.set_away(north(), id, true);
    assert_eq!(here.applies_update_of(&mut there), UpdateResult::Applied);
    assert_eq!(availability(&here.announced()), [Availability::Away]);
    assert_eq!(there.applies_update_of(&mut here), UpdateResult::Applied);
    there.presence.set_away(north(), id, false);
    here.applies_update_of(&mut there);
    assert_eq!(availability(&here.announced()), [Availability::Online]);
    there.leave(2);
    there.wait(GRACE);
    there.announced();
    here.applies_update_of(&mut there);
    assert_eq!(
        here.announced(),
        PresenceDelta::default(),
        "she is still here"
    );
}

#[test]
fn typing_on_another_node_is_announced_here() {
    let (mut here, mut there) = (TestNode::on(1), TestNode::on(2));
    here.join(1, ada());
    here.announced();
    here.applies_full_state_of(&mut there);
    there.join(2, vera());
    there.presence.start_typing(north(), conversation(1));
    here.applies_update_of(&mut there);
    assert_eq!(here.announced().typing, [conversation(1)]);
    assert!(here.announced().typing.is_empty());
}

/// A node with this many visitors, each with an entry.
fn crowd(count: u128) -> TestNode {
    let mut there = TestNode::on(2);
    for n in 0..count {
        let entry = PresenceEntry {
            who: Who::Visitor(VisitorId(Uuid::from_u128(n))),
            ..vera()
        };
        there.presence.join(ConnectionId(Uuid::from_u128(n)), entry);
    }
    there
}

#[test]
fn a_full_state_in_parts_removes_nobody_in_between() {
    let (mut here, mut there) = (TestNode::on(1), crowd(3_000));
    here.applies_full_state_of(&mut there);
    assert_eq!(here.announced_visitors().len(), 3_000);

    // One visitor leaves and another joins in an update that is lost.
    let left = ConnectionId(Uuid::from_u128(7));
    there.presence.leave(left, there.now, WALL);
    there.wait(GRACE);
    there.announced();
    there.join(99, vera());
    there.presence.take_updates();
    let parts = there.presence.full_updates(north());
    assert!(parts.len() > 1, "{}", parts.len());
    let last = parts.len() - 1;
    for (number, part) in parts.into_iter().enumerate() {
        assert_eq!(here.apply(&there, part), UpdateResult::Applied);
        let gone = here
            .announced_visitors()
            .into_iter()
            .filter(|(_, online)| !online);
        assert_eq!(gone.count(), usize::from(number == last));
    }
    assert!(here.presence.is_present(north(), vera().who));
    assert_eq!(here.applies_update_of(&mut there), UpdateResult::Applied);
}

#[test]
fn a_node_that_missed_a_part_requests_the_full_state_again() {
    let (mut here, mut there) = (TestNode::on(1), crowd(3_000));
    let mut parts = there.presence.full_updates(north()).into_iter();
    let first = parts.next().expect("there is always a first");
    assert_eq!(here.apply(&there, first), UpdateResult::Applied);
    let third = parts.nth(1).expect("there are more");
    assert_eq!(here.apply(&there, third), UpdateResult::Gap);
    here.applies_full_state_of(&mut there);
    assert_eq!(here.announced_visitors().len(), 3_000);
}

#[test]
fn a_person_who_loses_access_is_offline_at_once() {
    let mut node = TestNode::new();
    let user = UserId::from_parts(1, [1; 10]);
    node.join(1, ada());
    node.join(2, ada());
    assert_eq!(node.announced().reachability, [(user, true)]);
    assert_eq!(node.presence.reachable_here(), [(north(), user)]);
    node.leave(1);
    node.presence.end(session(2));
    assert!(!node.presence.is_reachable(north(), user));
    let delta = node.announced();
    assert_eq!(availability(&delta), [Availability::Offline]);
    assert_eq!(delta.reachability, [(user, false)]);
    assert_eq!(node.presence.reachable_here(), []);
}

#[test]
fn an_agent_who_is_away_cannot_be_reached() {
    let mut node = TestNode::new();
    let user = UserId::from_parts(1, [1; 10]);
    node.join(1, ada());
    node.presence.set_away(north(), user, true);
    assert!(node.presence.is_present(north(), Who::Agent(user)));
    assert!(!node.presence.is_reachable(north(), user));
    node.presence.set_away(north(), user, false);
    node.presence.change(session(1), |entry| entry.idle = true);
    assert!(!node.presence.is_reachable(north(), user), "nobody uses it");
}
