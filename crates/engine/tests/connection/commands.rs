//! Commands, their refusals, and the state that they change.

use deskbell_engine::{Action, Change, Connection, Effect, Engine, Input, RowKey, RowState, Side};
use deskbell_protocol::{
    AgentView, CloseCode, Command, Conversation, ConversationId, ErrorBody, ErrorCode, Event,
    Principal, Role, SiteId, Status, UserId, VisitorId, WorkspaceId,
};

use crate::{Ada, command, conversation, error, id, inbox};

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

#[test]
fn of_two_copies_the_newer_one_is_kept() {
    let mut ada = Ada::live();
    let (asked, _) =
        command(&ada.act(Action::FollowInbox)).expect("the model keeps its own state whole");
    let event = Event::ConversationChanged {
        conversation: conversation(2, Status::Active),
    };
    assert!(
        ada.event(None, event)
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
    vera.handle(Input::Online);
    vera.welcome_as(Principal::Visitor {
        visitor_id: VisitorId::from_parts(1, [6; 10]),
        site_id: SiteId::from_parts(1, [5; 10]),
        workspace_id: WorkspaceId::from_parts(1, [2; 10]),
        name: "Vera".to_owned(),
    });
    let started = |conversation| Event::ConversationChanged { conversation };
    vera.event(None, started(conversation(1, Status::Waiting)));
    assert_eq!(vera.engine.own_conversation(), Some(id()));

    let next = Conversation {
        id: ConversationId::from_parts(2, [4; 10]),
        ..conversation(1, Status::Waiting)
    };
    vera.event(None, started(next.clone()));
    assert_eq!(vera.engine.own_conversation(), Some(id()), "under way");
    vera.event(None, started(conversation(2, Status::Closed)));
    vera.event(None, started(next.clone()));
    assert_eq!(vera.engine.own_conversation(), Some(next.id));
    vera.event(None, started(conversation(1, Status::Waiting)));
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
    let (hello, _) = command(&ada.handle(Input::Opened)).unwrap();
    let error = error(ErrorCode::Maintenance);
    let refusal = Event::Error {
        error: error.clone(),
    };
    let refused = Effect::Refused {
        action: "hello",
        conversation_id: None,
        error,
    };
    assert!(ada.event(Some(hello), refusal).contains(&refused));
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
