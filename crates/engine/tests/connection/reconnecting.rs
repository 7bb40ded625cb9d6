//! Timeouts, the backoff and the reports of a lost connection.

use deskbell_engine::{Action, Change, Connection, Effect, Input};
use deskbell_protocol::{Command, Event, Status};

use crate::{Ada, command, conversation, id};

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
        assert!(ada.handle(Input::Tick).contains(&Effect::Connect));
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
    assert!(ada.handle(Input::Online).contains(&Effect::Connect));
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
        assert!(!ada.handle(Input::Online).contains(&Effect::Connect));
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
        command(&ada.handle(Input::Online))
            .expect("the model keeps its own state whole")
            .1,
        Command::Ping
    );
    assert!(ada.tick(5_000).contains(&Effect::Disconnect));
}

#[test]
fn a_socket_that_never_opens_times_out() {
    let mut ada = Ada::new();
    ada.handle(Input::Online);
    assert!(ada.tick(15_000).contains(&Effect::Disconnect));
    assert!(matches!(
        ada.engine.connection(),
        Connection::Waiting { .. }
    ));
}

#[test]
fn without_a_network_the_connection_is_lost_at_once() {
    let mut ada = Ada::live();
    assert!(ada.handle(Input::Offline).contains(&Effect::Disconnect));
    assert!(matches!(
        ada.engine.connection(),
        Connection::Waiting { .. }
    ));
    assert!(ada.handle(Input::Online).contains(&Effect::Connect));
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
