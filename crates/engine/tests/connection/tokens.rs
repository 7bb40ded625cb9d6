//! The token of `hello` and its renewal.

use deskbell_engine::{Connection, Effect, Input, Token};
use deskbell_protocol::{Command, Event, LEVEL};

use crate::{Ada, command};

/// Vera's token is renewed at this time, by the server's clock.
fn renewed_at(renew_at: i64) -> Option<Token> {
    let text = "t".to_owned();
    let renew_at = Some(renew_at);
    Some(Token { text, renew_at })
}

#[test]
fn hello_carries_the_token() {
    let mut ada = Ada::new();
    ada.engine.set_token(Some("t".to_owned().into()));
    assert!(ada.handle(Input::Online).contains(&Effect::Connect));
    let hello = Command::Hello {
        level: LEVEL,
        token: Some("t".to_owned()),
    };
    assert_eq!(
        command(&ada.handle(Input::Opened))
            .expect("the model keeps its own state whole")
            .1,
        hello
    );
}

#[test]
fn an_expired_token_is_renewed_once() {
    let mut ada = Ada::live();
    assert!(ada.close(4005).contains(&Effect::Renew));
    ada.welcome();
    assert!(ada.close(4501).contains(&Effect::Renew));
    ada.handle(Input::Opened);
    ada.close(4501);
    assert_eq!(*ada.engine.connection(), Connection::Stopped { code: 4501 });
}

#[test]
fn a_token_is_renewed_before_it_expires_and_the_connection_stays() {
    let mut vera = Ada::new();
    vera.engine.set_token(renewed_at(vera.now + 60_000));
    vera.handle(Input::Online);
    vera.welcome();
    assert!(!vera.tick(59_999).contains(&Effect::RenewToken));
    assert!(vera.tick(1).contains(&Effect::RenewToken));
    assert_eq!(*vera.engine.connection(), Connection::Live);
    vera.engine.set_token(renewed_at(vera.now + 90_000));
    assert!(!vera.tick(0).contains(&Effect::RenewToken));
}

#[test]
fn a_renewal_that_fails_is_tried_again_after_an_hour() {
    let mut vera = Ada::new();
    vera.engine.set_token(renewed_at(1));
    vera.handle(Input::Online);
    let effects = vera.welcome();
    let tick_at = effects.iter().rev().find_map(|effect| match effect {
        Effect::TickAt(at) => Some(*at),
        _ => None,
    });
    assert_eq!(tick_at, Some(vera.now), "it is due at once");
    assert!(vera.tick(0).contains(&Effect::RenewToken));
    let mut waited = 0;
    while !vera.tick(1_000).contains(&Effect::RenewToken) {
        waited += 1_000;
        vera.event(None, Event::Pong);
        assert!(waited < 4_000_000, "it is tried again");
    }
    assert_eq!(waited + 1_000, 3_600_000);
}

#[test]
fn the_time_of_a_renewal_is_translated_from_the_servers_clock() {
    let mut vera = Ada::new();
    let ahead = 50_000_000;
    vera.engine.set_token(renewed_at(vera.now + ahead + 60_000));
    vera.handle(Input::Online);
    vera.welcome_at(vera.now + ahead);
    assert!(!vera.tick(59_999).contains(&Effect::RenewToken));
    assert!(vera.tick(1).contains(&Effect::RenewToken));
}

#[test]
fn a_renewal_that_does_not_reach_the_server_is_tried_again() {
    let mut ada = Ada::live();
    ada.close(4005);
    ada.handle(Input::Closed { code: None });
    assert!(matches!(
        ada.engine.connection(),
        Connection::Waiting { .. }
    ));
    assert!(ada.handle(Input::Online).contains(&Effect::Renew));
}
