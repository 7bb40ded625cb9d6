//! The hub's promises, through its public interface.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::sync::Arc;
use std::time::Duration;

use deskbell_hub::presence::{Seat, Who};
use deskbell_hub::{Delivery, Hub, MAILBOX_BYTES, MAILBOX_CAPACITY, NodeId, Topic};
use deskbell_protocol::{ConversationId, SessionId, UserId, VisitorId, WorkspaceId};
use tokio::time::Instant;
use uuid::Uuid;

const NORTH: WorkspaceId = WorkspaceId(Uuid::from_u128(1));

fn session(n: u8) -> SessionId {
    SessionId::from_parts(1, [n; 10])
}

fn conversation(n: u8) -> ConversationId {
    ConversationId::from_parts(1, [n; 10])
}

fn seat(visitor: VisitorId) -> Seat {
    Seat {
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
async fn what_concerns_a_visitor_reaches_their_seats_and_nobody_elses() {
    let hub = Hub::default();
    let [vera, viktor] = [1, 2].map(|n| VisitorId::from_parts(1, [n; 10]));
    let seated = [vera, vera, vera, viktor];
    let mut mailboxes = Vec::new();
    for (n, visitor) in (1..).zip(seated) {
        mailboxes.push(hub.join(session(n), NORTH));
        hub.presence().sit(session(n), seat(visitor));
    }
    hub.presence()
        .leave(session(3), std::time::Instant::now(), 0);
    let begun = Delivery::Begun {
        conversation_id: conversation(1),
        frame: "begun".into(),
    };
    hub.publish(NORTH, &[Topic::Visitor(vera)], begun);
    let got: Vec<bool> = mailboxes
        .iter_mut()
        .map(|mailbox| mailbox.try_next().is_some())
        .collect();
    assert_eq!(got, [true, true, false, false]);
}

#[tokio::test]
async fn nobody_gets_what_they_do_not_follow() {
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
async fn a_session_that_does_not_keep_up_is_dropped_and_the_others_are_not() {
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
async fn leaving_leaves_nothing_behind() {
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
async fn what_is_true_for_a_moment_is_left_out_where_much_waits() {
    let hub = Hub::default();
    let topic = Topic::Conversation(conversation(1));
    let mut slow = hub.join(session(1), NORTH);
    slow.follow(topic).await;
    let typing = Delivery::Moment {
        by: Who::Agent(UserId::from_parts(1, [1; 10])),
        frame: "typing".into(),
    };
    for _ in 0..2 * MAILBOX_CAPACITY {
        hub.publish(NORTH, &[topic], typing.clone());
    }
    hub.publish(NORTH, &[topic], message(conversation(1), 1));
    let mut held = 0;
    let mut last = None;
    while let Some(delivery) = slow.try_next() {
        held += 1;
        last = Some(delivery);
    }
    assert!(held <= MAILBOX_CAPACITY / 2 + 2, "{held}");
    assert!(matches!(last.as_deref(), Some(Delivery::Message { .. })));
    assert_eq!(hub.session_count(), 1, "nobody is dropped for it");
}

#[tokio::test]
async fn a_small_mailbox_takes_moments_while_it_is_at_most_half_full() {
    let (hub, _line) = Hub::with_small_mailboxes(NodeId::new(1), 4);
    let topic = Topic::Conversation(conversation(1));
    let mut vera = hub.join(session(1), NORTH);
    vera.follow(topic).await;
    let typing = Delivery::Moment {
        by: Who::Agent(UserId::from_parts(1, [1; 10])),
        frame: "typing".into(),
    };
    for _ in 0..4 {
        hub.publish(NORTH, &[topic], typing.clone());
    }
    let mut held = 0;
    while vera.try_next().is_some() {
        held += 1;
    }
    assert_eq!(held, 3);
}

#[tokio::test]
async fn a_mailbox_is_full_of_long_messages_sooner() {
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
    let again = Delivery::ProveAgain { visitor_id: None };
    ([Topic::Member(user)], again)
}

#[tokio::test]
async fn who_comes_hears_what_was_said_of_them_since_they_were_looked_up() {
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
    assert!(mailbox.try_next().is_some(), "from now on she is told");

    let other = hub.join(session(2), NORTH);
    let missed = other.follow_since(Topic::Member(ben), looked_up_at).await;
    assert!(missed.is_empty(), "it is no news to others");
    let south = WorkspaceId(Uuid::from_u128(2));
    let other = hub.join(session(3), south);
    let missed = other.follow_since(Topic::Member(ada), looked_up_at).await;
    assert!(missed.is_empty(), "nor elsewhere");
}

#[tokio::test(start_paused = true)]
async fn what_was_said_before_somebody_was_looked_up_is_no_news() {
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
async fn who_has_missed_more_than_is_kept_looks_again() {
    let (ada, ben) = (UserId(Uuid::from_u128(5)), UserId(Uuid::from_u128(6)));
    let hub = Hub::default();
    let looked_up_at = Instant::now();
    let (topics, again) = about(ben);
    for _ in 0..2_000 {
        hub.publish(NORTH, &topics, again.clone());
    }
    let mailbox = hub.join(session(1), NORTH);
    let missed = mailbox.follow_since(Topic::Member(ada), looked_up_at).await;
    assert_eq!(missed, [Arc::new(Delivery::LookAgain)]);
}
