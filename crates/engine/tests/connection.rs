//! Behaviour of the connection, one rule per test.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use deskbell_engine::{Action, Change, Connection, Effect, Engine, Input, RowKey, RowState, Side};
use deskbell_protocol::{
    AgentView, CloseCode, Command, ConnectionId, Conversation, ConversationId, ErrorBody,
    ErrorCode, Event, LEVEL, Principal, Queue, Role, ServerFrame, SiteId, SiteView, Status, UserId,
    VisitorId, VisitorView, WorkspaceId,
};

/// Ada's engine, with a clock and predictable random numbers.
struct Ada {
    engine: Engine,
    now: i64,
    rolls: u8,
}

impl Ada {
    fn new() -> Self {
        Self {
            engine: Engine::new(Side::Agent),
            now: 1_000_000,
            rolls: 0,
        }
    }

    fn live() -> Self {
        let mut ada = Self::new();
        ada.tell(Input::Online);
        ada.welcome();
        ada
    }

    fn tell(&mut self, input: Input) -> Vec<Effect> {
        let rolls = &mut self.rolls;
        self.engine.handle(input, self.now, &mut || {
            *rolls += 1;
            [*rolls; 10]
        })
    }

    fn event(&mut self, reply_to: Option<u32>, event: Event) -> Vec<Effect> {
        self.tell(Input::Frame(ServerFrame { reply_to, event }))
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        self.tell(Input::Action(action))
    }

    fn close(&mut self, code: u16) -> Vec<Effect> {
        self.tell(Input::Closed { code: Some(code) })
    }

    fn welcome(&mut self) -> Vec<Effect> {
        self.welcome_as(Principal::Agent {
            user_id: UserId::from_parts(1, [1; 10]),
            workspace_id: WorkspaceId::from_parts(1, [2; 10]),
            role: Role::Agent,
            name: "Ada".to_owned(),
        })
    }

    fn welcome_as(&mut self, you: Principal) -> Vec<Effect> {
        self.tell(Input::Opened);
        let session_id = ConnectionId::from_parts(1, [3; 10]);
        let (level, now, heartbeat_ms) = (LEVEL, self.now, 25_000);
        let conversation = None;
        let welcome = Event::Welcome {
            level,
            session_id,
            you,
            now,
            heartbeat_ms,
            conversation,
            team_online: None,
            past: Vec::new(),
        };
        self.event(None, welcome)
    }

    /// Advances the clock and ticks.
    fn tick(&mut self, ms: i64) -> Vec<Effect> {
        self.now += ms;
        self.tell(Input::Tick)
    }
}

fn id() -> ConversationId {
    ConversationId::from_parts(1, [4; 10])
}

fn conversation(revision: i64, status: Status) -> Conversation {
    Conversation {
        id: id(),
        revision,
        status,
        site: SiteView {
            id: SiteId::from_parts(1, [5; 10]),
            name: "Shop".to_owned(),
        },
        visitor: VisitorView {
            id: VisitorId::from_parts(1, [6; 10]),
            name: "Vera".to_owned(),
            verified: false,
        },
        assignee: None,
        last_seq: 0,
        preview: String::new(),
        preview_by_agent: false,
        last_message_at: 1,
        waiting_since: Some(1),
        created_at: 1,
        visitor_texts: 0,
    }
}

/// The command in the effects, with its number.
fn command(effects: &[Effect]) -> Option<(u32, Command)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Transmit(frame) => Some((frame.id, frame.command.clone())),
        _ => None,
    })
}

fn error(code: ErrorCode) -> ErrorBody {
    ErrorBody::new(code, "No.")
}

#[test]
fn hello_carries_the_token() {
    let mut ada = Ada::new();
    ada.engine.set_token(Some("t".to_owned()));
    assert!(ada.tell(Input::Online).contains(&Effect::Connect));
    let hello = Command::Hello {
        level: LEVEL,
        token: Some("t".to_owned()),
    };
    assert_eq!(
        command(&ada.tell(Input::Opened))
            .expect("the model keeps its own state whole")
            .1,
        hello
    );
}

#[test]
fn the_backoff_grows_and_a_stable_connection_resets_it() {
    let mut ada = Ada::live();
    ada.now += 60_000;
    let mut longest = 0;
    for _ in 0..10 {
        ada.close(1006);
        let Connection::Waiting { retry_at } = *ada.engine.connection() else {
            panic!()
        };
        longest = longest.max(retry_at - ada.now);
        ada.now = retry_at;
        assert!(ada.tell(Input::Tick).contains(&Effect::Connect));
    }
    assert!((15_000..=30_000).contains(&longest));
    ada.welcome();
    ada.now += 60_000;
    ada.close(1006);
    let Connection::Waiting { retry_at } = *ada.engine.connection() else {
        panic!()
    };
    assert!(retry_at - ada.now <= 500);
}

#[test]
fn a_client_reconnects_at_once_when_the_network_is_back() {
    let mut ada = Ada::live();
    ada.close(4000);
    assert!(ada.tell(Input::Online).contains(&Effect::Connect));
}

#[test]
fn an_expired_token_is_renewed_once() {
    let mut ada = Ada::live();
    assert!(ada.close(4005).contains(&Effect::Renew));
    ada.welcome();
    assert!(ada.close(4501).contains(&Effect::Renew));
    ada.tell(Input::Opened);
    ada.close(4501);
    assert_eq!(*ada.engine.connection(), Connection::Stopped { code: 4501 });
}

#[test]
fn a_renewal_that_does_not_reach_the_server_is_tried_again() {
    let mut ada = Ada::live();
    ada.close(4005);
    ada.tell(Input::Closed { code: None });
    assert!(matches!(
        ada.engine.connection(),
        Connection::Waiting { .. }
    ));
    assert!(ada.tell(Input::Online).contains(&Effect::Renew));
}

#[test]
fn a_client_that_was_disconnected_for_a_flood_waits_long() {
    let mut ada = Ada::live();
    ada.close(4006);
    let Connection::Waiting { retry_at } = *ada.engine.connection() else {
        panic!("comes back by itself");
    };
    assert!((15_000..=30_000).contains(&(retry_at - ada.now)));
}

#[test]
fn final_close_codes_stop_the_client() {
    for code in [4503, 4513, 4522] {
        let mut ada = Ada::live();
        ada.close(code);
        assert_eq!(*ada.engine.connection(), Connection::Stopped { code });
        assert!(!ada.tell(Input::Online).contains(&Effect::Connect));
    }
}

#[test]
fn a_silent_connection_is_closed_within_two_heartbeats() {
    let mut ada = Ada::live();
    assert_eq!(
        command(&ada.tick(25_000))
            .expect("the model keeps its own state whole")
            .1,
        Command::Ping
    );
    let effects = ada.tick(25_000);
    assert!(effects.contains(&Effect::Disconnect));
    assert!(matches!(
        ada.engine.connection(),
        Connection::Waiting { .. }
    ));
}

#[test]
fn a_connection_that_answers_stays_open() {
    let mut ada = Ada::live();
    for _ in 0..5 {
        let (ping, _) = command(&ada.tick(25_000)).expect("the model keeps its own state whole");
        ada.event(Some(ping), Event::Pong);
    }
    assert_eq!(*ada.engine.connection(), Connection::Live);
}

#[test]
fn a_connection_must_answer_within_five_seconds_after_the_device_wakes() {
    let mut ada = Ada::live();
    assert_eq!(
        command(&ada.tell(Input::Online))
            .expect("the model keeps its own state whole")
            .1,
        Command::Ping
    );
    assert!(ada.tick(5_000).contains(&Effect::Disconnect));
}

#[test]
fn a_socket_that_never_opens_times_out() {
    let mut ada = Ada::new();
    ada.tell(Input::Online);
    assert!(ada.tick(15_000).contains(&Effect::Disconnect));
    assert!(matches!(
        ada.engine.connection(),
        Connection::Waiting { .. }
    ));
}

#[test]
fn the_second_agent_who_claims_gets_the_winner() {
    let mut ada = Ada::live();
    let (claim, _) =
        command(&ada.act(Action::Claim(id()))).expect("the model keeps its own state whole");
    let winner = Some(AgentView {
        id: UserId::from_parts(1, [9; 10]),
        name: "Grace".to_owned(),
    });
    let error = ErrorBody {
        winner,
        ..error(ErrorCode::AlreadyClaimed)
    };
    let effects = ada.event(
        Some(claim),
        Event::Error {
            error: error.clone(),
        },
    );
    let conversation_id = Some(id());
    assert_eq!(
        effects,
        [Effect::Refused {
            action: "claim",
            conversation_id,
            error
        }]
    );
}

#[test]
fn a_claim_is_refused_without_a_connection_and_when_it_is_lost() {
    let is_refused = |effects: &[Effect]| {
        effects.iter().any(|effect| {
            matches!(
                effect,
                Effect::Refused {
                    action: "claim",
                    ..
                }
            )
        })
    };
    let mut ada = Ada::new();
    assert!(is_refused(&ada.act(Action::Claim(id()))));
    let mut ada = Ada::live();
    assert!(!is_refused(&ada.act(Action::Claim(id()))));
    assert!(is_refused(&ada.close(1006)));
}

fn inbox(conversations: Vec<Conversation>) -> Event {
    Event::Inbox {
        conversations,
        position: 7,
        queue: Queue::default(),
        next_cursor: None,
    }
}

#[test]
fn of_two_copies_the_newer_one_is_kept() {
    let mut ada = Ada::live();
    let (asked, _) =
        command(&ada.act(Action::FollowInbox)).expect("the model keeps its own state whole");
    let news = Event::ConversationChanged {
        conversation: conversation(2, Status::Active),
    };
    assert!(
        ada.event(None, news)
            .contains(&Effect::Changed(Change::Inbox))
    );
    let conversations = vec![conversation(1, Status::Waiting)];
    ada.event(Some(asked), inbox(conversations));
    assert!(ada.engine.inbox().is_loaded());
    let rows = ada.engine.inbox().rows();
    assert_eq!(rows, [&conversation(2, Status::Active)]);
}

#[test]
fn a_refused_text_fails_does_not_block_others_and_can_be_retried_or_discarded() {
    let mut ada = Ada::live();
    let send = |text: &str| Action::Send {
        conversation_id: Some(id()),
        text: text.to_owned(),
    };
    let (first, _) = command(&ada.act(send("one"))).expect("the model keeps its own state whole");
    assert_eq!(command(&ada.act(send("two"))), None, "one at a time");
    let refusal = Event::Error {
        error: error(ErrorCode::ConversationClosed),
    };
    let (_, next) =
        command(&ada.event(Some(first), refusal)).expect("the model keeps its own state whole");
    assert!(matches!(next, Command::Send { text, .. } if text == "two"));
    let rows = ada
        .engine
        .timeline(id())
        .expect("the model keeps its own state whole")
        .rows();
    assert!(matches!(rows[0].state, RowState::Failed { .. }));
    assert_eq!(rows[1].state, RowState::Sending);
    let failed = rows[0]
        .key
        .client_id()
        .expect("the model keeps its own state whole");
    ada.act(Action::Retry(failed));
    let rows = ada
        .engine
        .timeline(id())
        .expect("the model keeps its own state whole")
        .rows();
    assert_eq!(
        (rows[1].key, &rows[1].state),
        (RowKey::Client(failed), &RowState::Queued)
    );
    ada.act(Action::Discard(failed));
    assert_eq!(
        ada.engine
            .timeline(id())
            .expect("the model keeps its own state whole")
            .rows()
            .len(),
        1
    );
}

#[test]
fn a_text_that_is_too_long_fails_unsent_and_a_blank_one_is_ignored() {
    let mut ada = Ada::live();
    let text = "ä".repeat(deskbell_protocol::limits::TEXT_CHARS + 1);
    let effects = ada.act(Action::Send {
        conversation_id: Some(id()),
        text,
    });
    assert_eq!(command(&effects), None);
    let rows = ada
        .engine
        .timeline(id())
        .expect("the model keeps its own state whole")
        .rows();
    assert!(
        matches!(&rows[0].state, RowState::Failed { error } if error.code == ErrorCode::TooLarge)
    );
    ada.act(Action::Send {
        conversation_id: Some(id()),
        text: " \n".to_owned(),
    });
    assert_eq!(
        ada.engine
            .timeline(id())
            .expect("the model keeps its own state whole")
            .rows()
            .len(),
        1
    );
}

#[test]
fn a_conversation_that_may_not_be_seen_is_refused() {
    let mut ada = Ada::live();
    let (asked, _) =
        command(&ada.act(Action::Open(id()))).expect("the model keeps its own state whole");
    let effects = ada.event(
        Some(asked),
        Event::Error {
            error: error(ErrorCode::NotFound),
        },
    );
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Refused { action: "open", .. }))
    );
}

#[test]
fn a_visitor_continues_a_conversation_from_another_tab() {
    let mut vera = Ada {
        engine: Engine::new(Side::Visitor),
        ..Ada::new()
    };
    vera.tell(Input::Online);
    vera.welcome_as(Principal::Visitor {
        visitor_id: VisitorId::from_parts(1, [6; 10]),
        site_id: SiteId::from_parts(1, [5; 10]),
        workspace_id: WorkspaceId::from_parts(1, [2; 10]),
        name: "Vera".to_owned(),
    });
    let began = |conversation| Event::ConversationChanged { conversation };
    vera.event(None, began(conversation(1, Status::Waiting)));
    assert_eq!(vera.engine.own_conversation(), Some(id()));

    let next = Conversation {
        id: ConversationId::from_parts(2, [4; 10]),
        ..conversation(1, Status::Waiting)
    };
    vera.event(None, began(next.clone()));
    assert_eq!(vera.engine.own_conversation(), Some(id()), "under way");
    vera.event(None, began(conversation(2, Status::Closed)));
    vera.event(None, began(next.clone()));
    assert_eq!(vera.engine.own_conversation(), Some(next.id));
    vera.event(None, began(conversation(1, Status::Waiting)));
    assert_eq!(vera.engine.own_conversation(), Some(next.id), "an old copy");
}

#[test]
fn an_event_of_a_newer_server_is_ignored() {
    let mut ada = Ada::live();
    assert_eq!(ada.event(None, Event::Unknown), []);
}

#[test]
fn an_agent_gets_the_reason_of_a_maintenance_and_reconnects_after_it() {
    let mut ada = Ada::live();
    ada.close(CloseCode::Restart.code());
    ada.tick(60_000);
    let (hello, _) = command(&ada.tell(Input::Opened)).unwrap();
    let error = error(ErrorCode::Maintenance);
    let refusal = Event::Error {
        error: error.clone(),
    };
    let told = Effect::Refused {
        action: "hello",
        conversation_id: None,
        error,
    };
    assert!(ada.event(Some(hello), refusal).contains(&told));
    ada.close(CloseCode::Restart.code());
    ada.tick(60_000);
    ada.welcome();
    assert_eq!(*ada.engine.connection(), Connection::Live);
}

#[test]
fn an_agent_becomes_an_admin_at_once_and_keeps_their_state() {
    let mut ada = Ada::live();
    ada.act(Action::Open(id()));
    let you = Principal::Agent {
        user_id: UserId::from_parts(1, [1; 10]),
        workspace_id: WorkspaceId::from_parts(1, [2; 10]),
        role: Role::Admin,
        name: "Ada".to_owned(),
    };
    let effects = ada.event(None, Event::YouChanged { you: you.clone() });
    assert!(effects.contains(&Effect::Changed(Change::Connection)));
    assert_eq!(ada.engine.principal(), Some(&you));
    assert!(ada.engine.timeline(id()).is_some());
}

#[test]
fn without_a_network_the_connection_is_lost_at_once() {
    let mut ada = Ada::live();
    assert!(ada.tell(Input::Offline).contains(&Effect::Disconnect));
    assert!(matches!(
        ada.engine.connection(),
        Connection::Waiting { .. }
    ));
    assert!(ada.tell(Input::Online).contains(&Effect::Connect));
}

#[test]
fn a_loss_shows_within_five_seconds_while_a_command_awaits_its_reply() {
    let mut ada = Ada::live();
    ada.act(Action::Claim(id()));
    let (_, ping) = command(&ada.tick(1_000)).expect("a ping checks the connection");
    assert_eq!(ping, Command::Ping);
    let effects = ada.tick(1_500);
    assert!(effects.contains(&Effect::Changed(Change::Connection)));
    assert_eq!(*ada.engine.connection(), Connection::Unresponsive);
    assert!(ada.tick(8_500).contains(&Effect::Disconnect));
}

#[test]
fn a_slow_server_that_answers_pings_is_not_given_up() {
    let mut ada = Ada::live();
    ada.act(Action::Claim(id()));
    for _ in 0..20 {
        let (ping, _) = command(&ada.tick(1_000)).expect("a ping checks the connection");
        ada.event(Some(ping), Event::Pong);
        assert_eq!(*ada.engine.connection(), Connection::Live);
    }
}

#[test]
fn a_connection_that_answers_late_is_live_again() {
    let mut ada = Ada::live();
    let (claim, _) = command(&ada.act(Action::Claim(id()))).expect("she claims it");
    let (ping, _) = command(&ada.tick(1_000)).expect("a ping checks the connection");
    ada.tick(1_500);
    assert_eq!(*ada.engine.connection(), Connection::Unresponsive);
    ada.event(Some(ping), Event::Pong);
    assert_eq!(*ada.engine.connection(), Connection::Live);
    ada.event(
        Some(claim),
        Event::Changed {
            conversation: conversation(1, Status::Active),
        },
    );
    assert_eq!(*ada.engine.connection(), Connection::Live);
}
