//! Tests of the hub through its public interface.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::sync::Arc;
use std::time::Duration;

use deskbell_hub::presence::{PresenceEntry, Who};
use deskbell_hub::{Delivery, Hub, MAILBOX_BYTES, MAILBOX_CAPACITY, NodeId, Topic};
use deskbell_protocol::{ConnectionId, ConversationId, UserId, VisitorId, WorkspaceId};
use tokio::time::Instant;
use uuid::Uuid;

const NORTH: WorkspaceId = WorkspaceId(Uuid::from_u128(1));

fn session(n: u8) -> ConnectionId {
    ConnectionId::from_parts(1, [n; 10])
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::from_parts(1, [n; 10])
}

fn entry(visitor: VisitorId) -> PresenceEntry {
    PresenceEntry {
        workspace_id: NORTH,
        who: Who::Visitor(visitor),
        name: String::new(),
        away: false,
        idle: false,
        viewing: Vec::new(),
        listed: false,
    }
}

fn message(conversation_id: ConversationId, seq: i64) -> Delivery {
    Delivery::Message {
        conversation_id,
        seq,
        frame: format!("{seq}").into(),
    }
}

#[tokio::test]
async fn a_follower_of_two_topics_gets_an_event_once() {
    let hub = Hub::default();
    let mut ada = hub.join(session(1), NORTH);
    ada.follow(Topic::Conversation(conversation(1))).await;
    ada.follow(Topic::Inbox(NORTH)).await;
    hub.publish(
        NORTH,
        &[Topic::Conversation(conversation(1)), Topic::Inbox(NORTH)],
        message(conversation(1), 1),
    );
    assert!(ada.try_next().is_some());
    assert!(ada.try_next().is_none());
}

#[tokio::test]
async fn an_event_for_a_visitor_reaches_their_sessions_only() {
    let hub = Hub::default();
    let [vera, viktor] = [1, 2].map(|n| VisitorId::from_parts(1, [n; 10]));
    let owners = [vera, vera, vera, viktor];
    let mut mailboxes = Vec::new();
    for (n, visitor) in (1..).zip(owners) {
        mailboxes.push(hub.join(session(n), NORTH));
        hub.join_presence(session(n), entry(visitor));
    }
    hub.leave_presence(session(3), std::time::Instant::now(), 0);
    let started = Delivery::ConversationStarted {
        conversation_id: conversation(1),
        frame: "started".into(),
    };
    hub.publish(NORTH, &[Topic::Visitor(vera)], started);
    let got: Vec<bool> = mailboxes
        .iter_mut()
        .map(|mailbox| mailbox.try_next().is_some())
        .collect();
    assert_eq!(got, [true, true, false, false]);
}

#[tokio::test]
async fn an_event_reaches_followers_only() {
    let hub = Hub::default();
    let mut vera = hub.join(session(1), NORTH);
    let mut viktor = hub.join(session(2), NORTH);
    vera.follow(Topic::Conversation(conversation(1))).await;
    viktor.follow(Topic::Conversation(conversation(2))).await;
    hub.publish(
        NORTH,
        &[Topic::Conversation(conversation(1))],
        message(conversation(1), 1),
    );
    assert!(vera.try_next().is_some());
    assert!(viktor.try_next().is_none());
    vera.unfollow(Topic::Conversation(conversation(1)));
    hub.publish(
        NORTH,
        &[Topic::Conversation(conversation(1))],
        message(conversation(1), 2),
    );
    assert!(vera.try_next().is_none());
}

#[tokio::test]
async fn a_slow_session_is_removed_and_the_others_are_not() {
    let hub = Hub::default();
    let topic = Topic::Conversation(conversation(1));
    let mut slow = hub.join(session(1), NORTH);
    slow.follow(topic).await;
    let mut quick = hub.join(session(2), NORTH);
    quick.follow(topic).await;
    for seq in 0..=MAILBOX_CAPACITY as i64 {
        hub.publish(NORTH, &[topic], message(conversation(1), seq));
        assert!(quick.next().await.is_some());
    }
    for _ in 0..MAILBOX_CAPACITY {
        assert!(slow.next().await.is_some());
    }
    assert!(slow.next().await.is_none(), "the mailbox ends");
    assert_eq!(hub.session_count(), 1);
}

#[tokio::test]
async fn a_session_that_leaves_frees_its_memory() {
    let hub = Hub::default();
    let vera = hub.join(session(1), NORTH);
    vera.follow(Topic::Conversation(conversation(1))).await;
    drop(vera);
    assert_eq!(hub.session_count(), 0);
    hub.publish(
        NORTH,
        &[Topic::Conversation(conversation(1))],
        message(conversation(1), 1),
    );
}

#[tokio::test]
async fn ephemeral_events_are_dropped_for_a_slow_session() {
    let hub = Hub::default();
    let topic = Topic::Conversation(conversation(1));
    let mut slow = hub.join(session(1), NORTH);
    slow.follow(topic).await;
    let typing = Delivery::Ephemeral {
        by: Who::Agent(UserId::from_parts(1, [1; 10])),
        frame: "typing".into(),
    };
    for _ in 0..2 * MAILBOX_CAPACITY {
        hub.publish(NORTH, &[topic], typing.clone());
    }
    hub.publish(NORTH, &[topic], message(conversation(1), 1));
    let mut count = 0;
    let mut last = None;
    while let Some(delivery) = slow.try_next() {
        count += 1;
        last = Some(delivery);
    }
    assert!(count <= MAILBOX_CAPACITY / 2 + 2, "{count}");
    assert!(matches!(last.as_deref(), Some(Delivery::Message { .. })));
    assert_eq!(hub.session_count(), 1, "nobody is dropped for it");
}

#[tokio::test]
async fn a_small_mailbox_accepts_ephemeral_events_while_it_is_at_most_half_full() {
    let (hub, _line) = Hub::with_small_mailboxes(NodeId::new(1), 4);
    let topic = Topic::Conversation(conversation(1));
    let mut vera = hub.join(session(1), NORTH);
    vera.follow(topic).await;
    let typing = Delivery::Ephemeral {
        by: Who::Agent(UserId::from_parts(1, [1; 10])),
        frame: "typing".into(),
    };
    for _ in 0..4 {
        hub.publish(NORTH, &[topic], typing.clone());
    }
    let mut count = 0;
    while vera.try_next().is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
}

#[tokio::test]
async fn long_messages_fill_a_mailbox_sooner() {
    const LONG: usize = 16 * 1024;
    let hub = Hub::default();
    let topic = Topic::Conversation(conversation(1));
    let long = |seq| Delivery::Message {
        conversation_id: conversation(1),
        seq,
        frame: vec![b' '; LONG].into(),
    };
    let mut slow = hub.join(session(1), NORTH);
    slow.follow(topic).await;
    let fit = i64::try_from(MAILBOX_BYTES / LONG).expect("a few hundred");
    for seq in 0..fit {
        hub.publish(NORTH, &[topic], long(seq));
    }
    assert!(slow.next().await.is_some(), "what is taken makes room");
    hub.publish(NORTH, &[topic], long(fit));
    assert_eq!(hub.session_count(), 1);
    hub.publish(NORTH, &[topic], long(fit + 1));
    assert_eq!(hub.session_count(), 0);
    for _ in 0..fit {
        assert!(slow.next().await.is_some(), "what was there is there still");
    }
    assert!(slow.next().await.is_none());
}

fn about(user: UserId) -> ([Topic; 1], Delivery) {
    let again = Delivery::Reauthenticate { visitor_id: None };
    ([Topic::Member(user)], again)
}

#[tokio::test]
async fn a_session_receives_the_requests_since_its_look_up() {
    let (ada, ben) = (UserId(Uuid::from_u128(5)), UserId(Uuid::from_u128(6)));
    let hub = Hub::default();
    let looked_up_at = Instant::now();
    let (topics, again) = about(ada);
    hub.publish(NORTH, &topics, again.clone());
    let mut mailbox = hub.join(session(1), NORTH);
    let missed = mailbox.follow_since(Topic::Member(ada), looked_up_at).await;
    assert_eq!(missed, [Arc::new(again.clone())]);
    assert!(mailbox.try_next().is_none(), "not twice");
    hub.publish(NORTH, &topics, again);
    assert!(mailbox.try_next().is_some(), "she receives later events");

    let other = hub.join(session(2), NORTH);
    let missed = other.follow_since(Topic::Member(ben), looked_up_at).await;
    assert!(missed.is_empty(), "other members do not receive it");
    let south = WorkspaceId(Uuid::from_u128(2));
    let other = hub.join(session(3), south);
    let missed = other.follow_since(Topic::Member(ada), looked_up_at).await;
    assert!(missed.is_empty(), "other workspaces do not receive it");
}

#[tokio::test(start_paused = true)]
async fn requests_before_the_look_up_are_not_replayed() {
    let ada = UserId(Uuid::from_u128(5));
    let hub = Hub::default();
    let (topics, again) = about(ada);
    hub.publish(NORTH, &topics, again);
    tokio::time::advance(Duration::from_millis(1)).await;
    let mailbox = hub.join(session(1), NORTH);
    let missed = mailbox.follow_since(topics[0], Instant::now()).await;
    assert!(missed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_session_that_missed_more_than_the_buffer_has_resyncs() {
    let (ada, ben) = (UserId(Uuid::from_u128(5)), UserId(Uuid::from_u128(6)));
    let hub = Hub::default();
    let looked_up_at = Instant::now();
    let (topics, again) = about(ben);
    for _ in 0..2_000 {
        hub.publish(NORTH, &topics, again.clone());
    }
    let mailbox = hub.join(session(1), NORTH);
    let missed = mailbox.follow_since(Topic::Member(ada), looked_up_at).await;
    assert_eq!(missed, [Arc::new(Delivery::Resync)]);
}
