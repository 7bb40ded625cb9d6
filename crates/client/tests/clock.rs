//! A client whose wall clock is set back an hour, as its drivers run the engine.

use deskbell_client::clock::Clock;
use deskbell_client::{Connection, Effect, Engine, Side};
use deskbell_engine::Input;
use deskbell_protocol::{ConnectionId, Event, LEVEL, Principal, ServerFrame};
use deskbell_protocol::{SiteId, VisitorId, WorkspaceId};

const HOUR: i64 = 3_600_000;
const START: i64 = 1_700_000_000_000;

/// Vera's client, with both clocks of her computer.
struct Vera {
    engine: Engine,
    clock: Clock,
    wall: i64,
    monotonic: i64,
}

impl Vera {
    fn connected() -> Self {
        let mut vera = Self {
            engine: Engine::new(Side::Visitor),
            clock: Clock::default(),
            wall: START,
            monotonic: 0,
        };
        vera.handle(Input::Online);
        vera.welcome();
        vera
    }

    fn handle(&mut self, input: Input) -> Vec<Effect> {
        let now = self.clock.now(self.wall, self.monotonic);
        self.engine.handle(input, now, &mut || [7; 10])
    }

    fn welcome(&mut self) {
        self.handle(Input::Opened);
        let event = Event::Welcome {
            level: LEVEL,
            session_id: ConnectionId::from_parts(1, [1; 10]),
            you: Principal::Visitor {
                visitor_id: VisitorId::from_parts(1, [2; 10]),
                site_id: SiteId::from_parts(1, [3; 10]),
                workspace_id: WorkspaceId::from_parts(1, [4; 10]),
                name: "Vera".to_owned(),
            },
            now: START,
            heartbeat_ms: 25_000,
            conversation: None,
            team_online: None,
            past: Vec::new(),
        };
        self.handle(Input::Frame(ServerFrame {
            reply_to: None,
            event,
        }));
        assert_eq!(*self.engine.connection(), Connection::Live);
    }

    /// Lets a second pass, and ticks. Returns whether an effect like this one follows.
    fn second(&mut self, wanted: &Effect) -> bool {
        self.wall += 1_000;
        self.monotonic += 1_000;
        self.handle(Input::Tick).contains(wanted)
    }

    /// The seconds that pass until this effect; at most ten minutes.
    fn seconds_until(&mut self, wanted: &Effect) -> u32 {
        (1..=600)
            .find(|_| self.second(wanted))
            .expect("it happens within ten minutes")
    }
}

#[test]
fn a_dead_connection_is_detected_although_the_clock_is_set_back() {
    let mut vera = Vera::connected();
    vera.wall -= HOUR;
    let seconds = vera.seconds_until(&Effect::Disconnect);
    assert!(
        seconds <= 36,
        "a heartbeat and the timeout of a ping: {seconds}"
    );
}

#[test]
fn a_client_that_waits_reconnects_although_the_clock_is_set_back() {
    let mut vera = Vera::connected();
    vera.handle(Input::Closed { code: Some(4000) });
    assert!(matches!(
        vera.engine.connection(),
        Connection::Waiting { .. }
    ));
    vera.wall -= HOUR;
    let seconds = vera.seconds_until(&Effect::Connect);
    assert!(seconds <= 1, "the shortest backoff: {seconds}");
    vera.welcome();
}
