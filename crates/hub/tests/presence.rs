//! Who is there, by a clock of the test's own.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::time::{Duration, Instant};

use deskbell_hub::NodeId;
use deskbell_hub::presence::{Bulletin, Hearing, Presence, SILENCE, Seat, Told, Who};
use deskbell_protocol::{
    AgentPresence, Availability, ConversationId, SessionId, UserId, VisitorId, WorkspaceId,
};
use uuid::Uuid;

const GRACE: Duration = Duration::from_secs(10);
const WALL: i64 = 1_700_000_000_000;

struct House {
    node: NodeId,
    presence: Presence,
    now: Instant,
    wall: i64,
}

impl House {
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

    fn sit(&mut self, id: u8, seat: Seat) {
        self.presence.sit(session(id), seat);
    }

    fn leave(&mut self, id: u8) {
        self.presence.leave(session(id), self.now, self.wall);
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.wall += i64::try_from(time.as_millis()).expect("the time is short");
    }

    /// What North is told.
    fn told(&mut self) -> Told {
        let tick = self.presence.tick(self.now, self.wall);
        let mut told = tick.told.into_iter();
        let told = told.find(|(workspace_id, _)| *workspace_id == north());
        told.map(|(_, told)| told).unwrap_or_default()
    }

    fn hears_from(&mut self, other: &mut Self) -> Hearing {
        let bulletins = other.presence.bulletins();
        let bulletins = bulletins.into_iter();
        let of_north = bulletins.filter(|(workspace_id, _)| *workspace_id == north());
        // Nothing has to be said each time.
        of_north.fold(Hearing::Taken, |_, (_, bulletin)| {
            self.hear(other, bulletin)
        })
    }

    fn hears_all_from(&mut self, other: &mut Self) {
        for part in other.presence.whole(north()) {
            assert_eq!(self.hear(other, part), Hearing::Taken);
        }
    }

    /// Everybody who is listed, however often that has to be told.
    fn told_visitors(&mut self) -> Vec<(VisitorId, bool)> {
        let mut visitors = Vec::new();
        loop {
            let told = self.told();
            if told.visitors.is_empty() {
                return visitors;
            }
            visitors.extend(told.visitors.iter().map(|it| (it.visitor_id, it.online)));
        }
    }

    fn hear(&mut self, other: &Self, bulletin: Bulletin) -> Hearing {
        self.presence.hear(other.node, north(), bulletin, self.now)
    }
}

fn north() -> WorkspaceId {
    WorkspaceId::from_parts(1, [9; 10])
}

fn session(n: u8) -> SessionId {
    SessionId::from_parts(1, [n; 10])
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::from_parts(1, [n; 10])
}

fn ada() -> Seat {
    Seat {
        workspace_id: north(),
        who: Who::Agent(UserId::from_parts(1, [1; 10])),
        name: "Ada".to_owned(),
        away: false,
        idle: false,
        viewing: Vec::new(),
        listed: false,
    }
}

fn vera() -> Seat {
    Seat {
        who: Who::Visitor(VisitorId::from_parts(1, [2; 10])),
        name: String::new(),
        listed: true,
        ..ada()
    }
}

fn availability(told: &Told) -> Vec<Availability> {
    let agents = told.agents.iter();
    agents.map(|presence| presence.availability).collect()
}

fn only(told: &Told) -> &AgentPresence {
    let [presence] = &told.agents[..] else {
        panic!("one agent, not {told:?}");
    };
    presence
}

#[test]
fn a_reload_is_no_departure() {
    let mut house = House::new();
    house.sit(1, ada());
    let told = house.told();
    assert_eq!(availability(&told), [Availability::Online]);
    assert_eq!(told.team_online, Some(true));

    house.leave(1);
    house.wait(GRACE - Duration::from_secs(1));
    assert_eq!(house.told(), Told::default());
    house.sit(2, ada());
    house.wait(2 * GRACE);
    assert_eq!(house.told(), Told::default());
}

#[test]
fn who_stays_away_is_gone_after_the_grace_period_and_the_team_with_them() {
    let mut house = House::new();
    house.sit(1, ada());
    house.told();
    house.leave(1);
    house.wait(GRACE);
    let told = house.told();
    assert_eq!(availability(&told), [Availability::Offline]);
    assert_eq!(told.team_online, Some(false));
    assert!(house.presence.everybody(north(), WALL).agents.is_empty());
}

#[test]
fn several_windows_are_one_agent() {
    let mut house = House::new();
    house.sit(1, ada());
    house.told();
    house.sit(
        2,
        Seat {
            idle: true,
            ..ada()
        },
    );
    assert_eq!(house.told(), Told::default(), "one of them is used");
    house.presence.change(session(1), |seat| seat.idle = true);
    assert_eq!(availability(&house.told()), [Availability::Away]);
    house.presence.change(session(2), |seat| seat.idle = false);
    assert_eq!(availability(&house.told()), [Availability::Online]);
    house.leave(1);
    house.wait(2 * GRACE);
    assert_eq!(house.told(), Told::default());
}

#[test]
fn who_has_chosen_to_be_away_is_away_in_every_window() {
    let mut house = House::new();
    house.sit(1, ada());
    house.sit(2, ada());
    house.told();
    let Who::Agent(id) = ada().who else {
        unreachable!()
    };
    house.presence.choose(north(), id, true);
    let told = house.told();
    assert_eq!(availability(&told), [Availability::Away]);
    assert_eq!(told.team_online, Some(false));
    house.presence.choose(north(), id, false);
    assert_eq!(availability(&house.told()), [Availability::Online]);
}

#[test]
fn whatever_happens_between_two_ticks_is_told_once() {
    let mut house = House::new();
    house.sit(1, ada());
    house.told();
    for n in 0..50 {
        house.presence.change(session(1), |seat| {
            seat.viewing = vec![conversation(n)];
            seat.idle = n % 2 == 0;
        });
    }
    let told = house.told();
    assert_eq!(only(&told).viewing, [conversation(49)]);
    assert_eq!(house.told(), Told::default());
}

#[test]
fn what_is_open_in_a_window_nobody_uses_is_not_being_viewed() {
    let mut house = House::new();
    let viewing = vec![conversation(1)];
    house.sit(1, Seat { viewing, ..ada() });
    assert_eq!(only(&house.told()).viewing, [conversation(1)]);
    house.presence.change(session(1), |seat| seat.idle = true);
    let told = house.told();
    assert!(only(&told).viewing.is_empty());
}

#[test]
fn a_visitor_is_told_of_only_with_a_conversation_and_seen_last_when_they_left() {
    let mut house = House::new();
    house.sit(
        1,
        Seat {
            listed: false,
            ..vera()
        },
    );
    assert_eq!(house.told(), Told::default());
    house.presence.change(session(1), |seat| seat.listed = true);
    assert!(house.told().visitors[0].online);
    house.wait(Duration::from_secs(5));
    house.leave(1);
    let left_at = house.wall;
    house.wait(GRACE);
    let tick = house.presence.tick(house.now, house.wall);
    let (_, told) = &tick.told[0];
    assert_eq!(
        (told.visitors[0].online, told.visitors[0].last_seen_at),
        (false, left_at)
    );
    assert_eq!(tick.seen.len(), 1);
    assert_eq!(tick.seen[0].2, left_at);
}

#[test]
fn a_visitor_who_stays_is_noted_down_once_a_minute() {
    let mut house = House::new();
    house.sit(1, vera());
    house.sit(2, vera());
    let mut noted = 0;
    for _ in 0..180 {
        noted += house.presence.tick(house.now, house.wall).seen.len();
        house.wait(Duration::from_secs(1));
    }
    assert_eq!(noted, 2);
}

#[test]
fn nobody_leaves_anything_behind() {
    let mut house = House::new();
    for n in 0..50 {
        house.sit(n, ada());
        house.sit(100 + n, vera());
        house.leave(n);
        house.leave(100 + n);
    }
    house.wait(GRACE);
    house.told();
    assert_eq!(
        house.presence.bulletins().len(),
        1,
        "the other nodes are told"
    );
    assert_eq!(house.told(), Told::default());
    let nobody = house.presence.whole(north());
    assert!(nobody.iter().all(|part| part.facts.is_empty()));
    assert!(
        house.presence.bulletins().is_empty(),
        "{:?}",
        house.presence
    );
}

#[test]
fn an_agent_on_another_node_is_there_until_it_falls_silent() {
    let (mut here, mut there) = (House::on(1), House::on(2));
    there.sit(1, ada());
    assert_eq!(here.hears_from(&mut there), Hearing::Missed);
    here.hears_all_from(&mut there);
    assert_eq!(availability(&here.told()), [Availability::Online]);
    for _ in 0..20 {
        here.wait(Duration::from_secs(1));
        assert_eq!(
            here.hears_from(&mut there),
            Hearing::Taken,
            "a sign of life"
        );
        assert_eq!(here.told(), Told::default());
    }
    here.wait(SILENCE);
    let told = here.told();
    assert_eq!(availability(&told), [Availability::Offline]);
    assert_eq!(told.team_online, Some(false));
}

#[test]
fn whoever_has_missed_a_bulletin_asks_for_everything_and_is_right_again() {
    let (mut here, mut there) = (House::on(1), House::on(2));
    here.hears_all_from(&mut there);
    there.sit(1, ada());
    there.presence.bulletins();
    there.sit(2, vera());
    assert_eq!(here.hears_from(&mut there), Hearing::Missed);
    here.hears_all_from(&mut there);
    let told = here.told();
    assert_eq!((told.agents.len(), told.visitors.len()), (1, 1));
    there.sit(
        3,
        Seat {
            who: Who::Agent(UserId::from_parts(1, [7; 10])),
            ..ada()
        },
    );
    assert_eq!(here.hears_from(&mut there), Hearing::Taken);
    assert_eq!(here.told().agents.len(), 1);
}

#[test]
fn one_agent_on_two_nodes_is_one_and_their_choice_holds_on_both() {
    let (mut here, mut there) = (House::on(1), House::on(2));
    here.sit(1, ada());
    there.sit(2, ada());
    here.hears_all_from(&mut there);
    there.hears_all_from(&mut here);
    here.presence.bulletins();
    there.presence.bulletins();
    here.hears_all_from(&mut there);
    there.hears_all_from(&mut here);
    assert_eq!(here.told().agents.len(), 1);
    let Who::Agent(id) = ada().who else {
        unreachable!()
    };
    there.presence.choose(north(), id, true);
    assert_eq!(here.hears_from(&mut there), Hearing::Taken);
    assert_eq!(availability(&here.told()), [Availability::Away]);
    assert_eq!(there.hears_from(&mut here), Hearing::Taken);
    there.presence.choose(north(), id, false);
    here.hears_from(&mut there);
    assert_eq!(availability(&here.told()), [Availability::Online]);
    there.leave(2);
    there.wait(GRACE);
    there.told();
    here.hears_from(&mut there);
    assert_eq!(here.told(), Told::default(), "she is still here");
}

#[test]
fn typing_on_another_node_is_told_here() {
    let (mut here, mut there) = (House::on(1), House::on(2));
    here.sit(1, ada());
    here.told();
    here.hears_all_from(&mut there);
    there.sit(2, vera());
    there.presence.typed(north(), conversation(1));
    here.hears_from(&mut there);
    assert_eq!(here.told().typing, [conversation(1)]);
    assert!(here.told().typing.is_empty());
}

/// A node with so many visitors, each on a seat of the same number.
fn crowd(count: u128) -> House {
    let mut there = House::on(2);
    for n in 0..count {
        let seat = Seat {
            who: Who::Visitor(VisitorId(Uuid::from_u128(n))),
            ..vera()
        };
        there.presence.sit(SessionId(Uuid::from_u128(n)), seat);
    }
    there
}

#[test]
fn a_crowd_is_told_in_parts_and_nobody_is_gone_in_between() {
    let (mut here, mut there) = (House::on(1), crowd(3_000));
    here.hears_all_from(&mut there);
    assert_eq!(here.told_visitors().len(), 3_000);

    // One leaves and one comes, but that is not heard.
    let left = SessionId(Uuid::from_u128(7));
    there.presence.leave(left, there.now, WALL);
    there.wait(GRACE);
    there.told();
    there.sit(99, vera());
    there.presence.bulletins();
    let parts = there.presence.whole(north());
    assert!(parts.len() > 1, "{}", parts.len());
    let last = parts.len() - 1;
    for (number, part) in parts.into_iter().enumerate() {
        assert_eq!(here.hear(&there, part), Hearing::Taken);
        let gone = here
            .told_visitors()
            .into_iter()
            .filter(|(_, online)| !online);
        assert_eq!(gone.count(), usize::from(number == last));
    }
    assert!(here.presence.is_here(north(), vera().who));
    assert_eq!(here.hears_from(&mut there), Hearing::Taken);
}

#[test]
fn whoever_misses_a_part_asks_again() {
    let (mut here, mut there) = (House::on(1), crowd(3_000));
    let mut parts = there.presence.whole(north()).into_iter();
    let first = parts.next().expect("there is always a first");
    assert_eq!(here.hear(&there, first), Hearing::Taken);
    let third = parts.nth(1).expect("there are more");
    assert_eq!(here.hear(&there, third), Hearing::Missed);
    here.hears_all_from(&mut there);
    assert_eq!(here.told_visitors().len(), 3_000);
}

#[test]
fn who_loses_access_is_gone_at_once_with_the_connections_left_a_moment_ago() {
    let mut house = House::new();
    let user = UserId::from_parts(1, [1; 10]);
    house.sit(1, ada());
    house.sit(2, ada());
    assert_eq!(house.told().reachability, [(user, true)]);
    assert_eq!(house.presence.reachable_here(), [(north(), user)]);
    house.leave(1);
    house.presence.end(session(2));
    assert!(!house.presence.is_reachable(north(), user));
    let told = house.told();
    assert_eq!(availability(&told), [Availability::Offline]);
    assert_eq!(told.reachability, [(user, false)]);
    assert_eq!(house.presence.reachable_here(), []);
}

#[test]
fn an_agent_who_is_away_cannot_be_reached() {
    let mut house = House::new();
    let user = UserId::from_parts(1, [1; 10]);
    house.sit(1, ada());
    house.presence.choose(north(), user, true);
    assert!(house.presence.is_here(north(), Who::Agent(user)));
    assert!(!house.presence.is_reachable(north(), user));
    house.presence.choose(north(), user, false);
    house.presence.change(session(1), |seat| seat.idle = true);
    assert!(
        !house.presence.is_reachable(north(), user),
        "nobody uses it"
    );
}
