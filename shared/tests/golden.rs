//! Golden files of the wire format: every file is parsed, serialised and compared, and every
//! variant has one. A released file is never edited; an extension gets a new file.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use deskbell_protocol::api::platform::audit::Via;
use deskbell_protocol::api::workspace::IpMode;
use deskbell_protocol::{
    Body, ClientFrame, Command, Conversation, ErrorBody, ErrorCode, Event, Message, Principal,
    Role, Sender, ServerFrame, Status,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The golden files of one type: the part between `kind.` and `.json`, and the content.
fn files(kind: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/v1");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path
                .file_stem()?
                .to_str()?
                .strip_prefix(kind)?
                .strip_prefix('.')?;
            Some((
                name.to_owned(),
                serde_json::from_slice(&fs::read(&path).unwrap()).unwrap(),
            ))
        })
        .collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(!files.is_empty(), "no golden file of {kind}");
    files
}

/// Parses and serialises every file of a type; the result must equal the file.
fn round_trip<T: Serialize + DeserializeOwned>(kind: &str) -> Vec<T> {
    let check = |(name, wire): (String, Value)| {
        let typed: T = serde_json::from_value(wire.clone())
            .unwrap_or_else(|error| panic!("{kind}.{name}: {error}"));
        assert_eq!(serde_json::to_value(&typed).unwrap(), wire, "{kind}.{name}");
        typed
    };
    files(kind).into_iter().map(check).collect()
}

/// Defines a function that names a value's variant, and a list of all names; the compiler refuses a
/// missing variant, and the test one without a file.
macro_rules! variants {
    ($values:expr, $($pattern:pat => $name:literal),+ $(,)?) => {{
        let seen: BTreeSet<&str> = $values.iter().map(|value| match value {
            $($pattern => $name,)+
        }).collect();
        let all = BTreeSet::from([$($name),+]);
        assert_eq!(seen, all, "variants with golden files; all variants");
    }};
}

#[test]
fn every_command_matches_its_golden_file() {
    variants!(round_trip::<Command>("command"),
        Command::Hello { .. } => "hello",
        Command::Ping => "ping",
        Command::Start { .. } => "start",
        Command::Send { .. } => "send",
        Command::Subscribe { .. } => "subscribe",
        Command::Unsubscribe { .. } => "unsubscribe",
        Command::Load { .. } => "load",
        Command::SubscribeInbox { .. } => "subscribe_inbox",
        Command::Claim { .. } => "claim",
        Command::Assign { .. } => "assign",
        Command::Update { .. } => "update",
        Command::Note { .. } => "note",
        Command::Snooze { .. } => "snooze",
        Command::SubscribeNotes { .. } => "subscribe_notes",
        Command::Resolve { .. } => "resolve",
        Command::Reopen { .. } => "reopen",
        Command::Close { .. } => "close",
        Command::Typing { .. } => "typing",
        Command::Receipt { .. } => "receipt",
        Command::Presence { .. } => "presence",
    );
}

#[test]
fn every_event_matches_its_golden_file() {
    let mut events = round_trip::<Event>("event");
    events.push(serde_json::from_value(json!({"type": "waving", "who": ["Ada"]})).unwrap());
    variants!(events,
        Event::Welcome { .. } => "welcome",
        Event::Pong => "pong",
        Event::Started { .. } => "started",
        Event::Saved { .. } => "saved",
        Event::Subscribed { .. } => "subscribed",
        Event::Page { .. } => "page",
        Event::Inbox { .. } => "inbox",
        Event::InboxChanges { .. } => "inbox_changes",
        Event::Changed { .. } => "changed",
        Event::NoteSaved { .. } => "note_saved",
        Event::Notes { .. } => "notes",
        Event::NoteCreated { .. } => "note_created",
        Event::Notified { .. } => "notified",
        Event::NotificationsChanged => "notifications_changed",
        Event::Done => "done",
        Event::Error { .. } => "error",
        Event::MessageCreated { .. } => "message_created",
        Event::ConversationChanged { .. } => "conversation_changed",
        Event::InboxChanged { .. } => "inbox_changed",
        Event::Assignee { .. } => "assignee",
        Event::Typing { .. } => "typing",
        Event::Receipts { .. } => "receipts",
        Event::Seen { .. } => "seen",
        Event::Presence { .. } => "presence",
        Event::Team { .. } => "team",
        Event::YouChanged { .. } => "you_changed",
        Event::Unknown => "an event of a newer server",
    );
}

#[test]
fn every_error_matches_its_golden_file() {
    let errors = round_trip::<ErrorBody>("error");
    let codes: Vec<_> = errors.into_iter().map(|error| error.code).collect();
    variants!(codes,
        ErrorCode::AlreadyClaimed => "already_claimed",
        ErrorCode::BadRequest => "bad_request",
        ErrorCode::BadCredentials => "bad_credentials",
        ErrorCode::Blocked => "blocked",
        ErrorCode::Conflict => "conflict",
        ErrorCode::ConversationClosed => "conversation_closed",
        ErrorCode::EmailNotVerified => "email_not_verified",
        ErrorCode::Forbidden => "forbidden",
        ErrorCode::Internal => "internal",
        ErrorCode::Invalid => "invalid",
        ErrorCode::LimitReached => "limit_reached",
        ErrorCode::LinkExpired => "link_expired",
        ErrorCode::Maintenance => "maintenance",
        ErrorCode::NotFound => "not_found",
        ErrorCode::NotReady => "not_ready",
        ErrorCode::OriginNotAllowed => "origin_not_allowed",
        ErrorCode::RateLimited => "rate_limited",
        ErrorCode::SecondFactorRequired => "second_factor_required",
        ErrorCode::TooLarge => "too_large",
        ErrorCode::TokenExpired => "token_expired",
        ErrorCode::Unauthenticated => "unauthenticated",
        ErrorCode::Unavailable => "unavailable",
        ErrorCode::UnknownCommand => "unknown_command",
        ErrorCode::WorkspaceSuspended => "workspace_suspended",
        ErrorCode::Other(_) => "other",
    );
}

#[test]
fn every_principal_matches_its_golden_file() {
    variants!(round_trip::<Principal>("principal"),
        Principal::Visitor { .. } => "visitor",
        Principal::Agent { .. } => "agent",
    );
}

#[test]
fn every_sender_matches_its_golden_file() {
    let mut senders = round_trip::<Sender>("sender");
    senders.push(serde_json::from_value(json!({"kind": "bot", "id": 1})).unwrap());
    variants!(senders,
        Sender::Visitor { .. } => "visitor",
        Sender::Agent { .. } => "agent",
        Sender::System => "system",
        Sender::Unknown => "a sender of a newer server",
    );
}

#[test]
fn every_body_matches_its_golden_file() {
    let mut bodies = round_trip::<Body>("body");
    bodies.push(serde_json::from_value(json!({"type": "file", "url": "/f/1"})).unwrap());
    variants!(bodies,
        Body::Text { .. } => "text",
        Body::Joined { .. } => "joined",
        Body::Resolved { .. } => "resolved",
        Body::Reopened { .. } => "reopened",
        Body::Returned { .. } => "returned",
        Body::Assigned { .. } => "assigned",
        Body::Released { .. } => "released",
        Body::Closed { .. } => "closed",
        Body::Unknown => "a body of a newer server",
    );
}

#[test]
fn frames_conversations_and_messages_match_their_golden_files() {
    round_trip::<ClientFrame>("client_frame");
    round_trip::<ServerFrame>("server_frame");
    round_trip::<Conversation>("conversation");
    round_trip::<Message>("message");
}

#[test]
fn an_error_code_of_a_newer_server_is_kept() {
    let code: ErrorCode = serde_json::from_value(json!("quota_exceeded")).unwrap();
    assert_eq!(code, ErrorCode::Other("quota_exceeded".to_owned()));
}

#[test]
fn a_status_role_or_other_word_of_a_newer_server_is_written_back_unchanged() {
    fn again<T: Serialize + DeserializeOwned>(word: &str) {
        let value: T = serde_json::from_value(json!(word)).unwrap();
        assert_eq!(serde_json::to_value(value).unwrap(), json!(word));
    }
    again::<Status>("snoozed");
    again::<Role>("observer");
    again::<Via>("passkey");
    again::<IpMode>("hashed");
}

#[test]
fn status_and_role_have_the_same_words_on_the_wire_and_in_the_database() {
    for status in [
        Status::Waiting,
        Status::Active,
        Status::Resolved,
        Status::Closed,
    ] {
        assert_eq!(
            serde_json::to_value(status).unwrap(),
            json!(status.as_str())
        );
        assert_eq!(Status::from_word(status.as_str()), status);
    }
    for role in [
        Role::Owner,
        Role::Admin,
        Role::Agent,
        Role::Visitor,
        Role::System,
    ] {
        assert_eq!(serde_json::to_value(role).unwrap(), json!(role.as_str()));
        assert_eq!(Role::from_word(role.as_str()), role);
    }
}

#[test]
fn a_command_that_the_server_does_not_know_is_refused() {
    assert!(serde_json::from_value::<Command>(json!({"type": "dance"})).is_err());
}
