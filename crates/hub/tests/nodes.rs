//! Two hubs with a carrier between them: what reaches whom, and what happens when it breaks.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use deskbell_hub::packet::Parcel;
use deskbell_hub::presence::{Seat, Who};
use deskbell_hub::{Delivery, Hub, Line, Mailbox, NodeId, Packet, Topic};
use deskbell_protocol::{ConversationId, SessionId, VisitorId, WorkspaceId};
use tokio::time::Instant;
use uuid::Uuid;

const NORTH: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
const SOUTH: WorkspaceId = WorkspaceId(Uuid::from_u128(2));
const CONVERSATION: ConversationId = ConversationId(Uuid::from_u128(3));
const FIRST: NodeId = NodeId::new(1);
const SECOND: NodeId = NodeId::new(2);

fn join(hub: &Hub, workspace_id: WorkspaceId) -> Mailbox {
    hub.join(SessionId(workspace_id.0), workspace_id)
}

fn message(seq: i64) -> Delivery {
    Delivery::Message {
        conversation_id: CONVERSATION,
        seq,
        frame: r#"{"event":"…"}"#.into(),
    }
}

fn topics() -> [Topic; 1] {
    [Topic::Conversation(CONVERSATION)]
}

/// A node whose carrier is up and listens to north.
fn node(id: NodeId) -> (Hub, Line) {
    let (hub, line) = Hub::with_carrier(id);
    assert!(line.go_up(&HashSet::from([NORTH])));
    (hub, line)
}

fn parcels(line: &mut Line) -> Vec<Parcel> {
    let mut parcels = Vec::new();
    line.take_ready(&mut parcels, 100);
    parcels
}

#[tokio::test]
async fn what_one_node_publishes_reaches_those_who_follow_it_on_another() {
    let ((first, mut line), (second, _other)) = (node(FIRST), node(SECOND));
    let mut ada = join(&second, NORTH);
    ada.follow(topics()[0]).await;
    first.publish(NORTH, &topics(), message(1));
    let parcels = parcels(&mut line);
    assert_eq!(parcels.len(), 1);
    assert_eq!(parcels[0].workspace_id, NORTH);
    second.receive(NORTH, &parcels[0].bytes);
    assert_eq!(ada.try_next(), Some(Arc::new(message(1))));
}

#[tokio::test]
async fn a_node_passes_over_what_it_says_itself() {
    let (hub, mut line) = node(FIRST);
    let mut ada = join(&hub, NORTH);
    ada.follow(topics()[0]).await;
    hub.publish(NORTH, &topics(), message(1));
    hub.receive(NORTH, &parcels(&mut line)[0].bytes);
    assert!(ada.try_next().is_some());
    assert!(ada.try_next().is_none());
}

#[tokio::test]
async fn what_is_said_about_one_workspace_reaches_nobody_of_another() {
    let (hub, _line) = node(SECOND);
    let mut ada = join(&hub, NORTH);
    ada.follow(topics()[0]).await;
    let forged = Packet::Delivery {
        topics: topics().to_vec(),
        delivery: message(1),
    };
    hub.receive(SOUTH, &forged.encode(FIRST));
    assert!(ada.try_next().is_none());
    hub.receive(NORTH, &forged.encode(FIRST));
    assert!(ada.try_next().is_some());
}

#[tokio::test]
async fn what_is_not_understood_is_passed_over() {
    let (hub, _line) = node(SECOND);
    let mut ada = join(&hub, NORTH);
    ada.follow(topics()[0]).await;
    let newer = "2 0000000000000001 {\"type\":\"look_again\"}\n";
    let unknown = "1 0000000000000001 {\"type\":\"from_the_future\",\"x\":1}\n{}";
    let foreign = "1 0000000000000001 {\"type\":\"delivery\",\"topics\":[{\"moon\":1}]}\n";
    for text in [
        newer,
        unknown,
        foreign,
        "1 nobody {}\n",
        "1 2\n",
        "\n",
        "",
        "\u{fffd}",
    ] {
        hub.receive(NORTH, &text.into());
    }
    let empty = Packet::decode(&unknown.into(), SECOND);
    assert_eq!(empty, Some((FIRST, Packet::Unknown)));
    assert!(ada.try_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_carried_is_made_good_by_looking_again() {
    let (hub, mut line) = node(FIRST);
    line.go_down([SOUTH]);
    hub.publish(NORTH, &topics(), message(1));
    assert_eq!(line.take_missed(), HashSet::from([NORTH, SOUTH]));
    assert!(line.take_missed().is_empty());

    let (other, _line) = node(SECOND);
    let (mut ada, mut stella) = (join(&other, NORTH), join(&other, SOUTH));
    other.receive(NORTH, &Packet::LookAgain.encode(FIRST));
    assert_eq!(ada.next().await, Some(Arc::new(Delivery::LookAgain)));
    let nothing = tokio::time::timeout(Duration::from_secs(5), stella.next()).await;
    assert!(nothing.is_err());
}

#[tokio::test]
async fn a_full_queue_drops_packets_and_remembers_whom_they_concerned() {
    let (hub, mut line) = node(FIRST);
    for seq in 0..10_000 {
        hub.publish(NORTH, &topics(), message(seq));
    }
    assert_eq!(line.take_missed(), HashSet::from([NORTH]));
    assert_eq!(parcels(&mut line).len(), 100);
}

#[tokio::test(start_paused = true)]
async fn whoever_follows_waits_until_other_nodes_are_heard() {
    let (hub, mut line) = Hub::with_carrier(FIRST);
    assert!(line.go_up(&HashSet::new()));
    let mut ada = join(&hub, NORTH);
    line.next(&mut Vec::new(), 1).await;
    assert_eq!(line.take_changed(), [(NORTH, true)]);
    {
        let mut follow = std::pin::pin!(ada.follow(topics()[0]));
        let early = tokio::time::timeout(Duration::from_secs(1), &mut follow).await;
        assert!(early.is_err(), "it waits");
        line.come_within_reach([NORTH]);
        follow.await;
    }
    hub.publish(NORTH, &topics(), message(1));
    assert!(ada.try_next().is_some());
    drop(ada);
    assert_eq!(line.take_changed(), [(NORTH, false)]);
    let _ben = join(&hub, NORTH);
    assert!(!line.give_up(NORTH), "somebody has come back");
}

#[tokio::test]
async fn nobody_waits_for_other_nodes_while_they_cannot_be_heard() {
    let (hub, mut line) = node(FIRST);
    line.go_down([]);
    let ada = join(&hub, NORTH);
    ada.follow(topics()[0]).await;
    assert!(
        !line.go_up(&HashSet::new()),
        "not before it listens to north"
    );
    assert_eq!(hub.is_carried(), Some(false));
    assert_eq!(line.wanted(), [NORTH]);
    assert!(line.go_up(&HashSet::from([NORTH])));
    assert_eq!(hub.is_carried(), Some(true));
}

#[tokio::test]
async fn who_is_there_on_one_node_is_known_on_the_other_after_one_question() {
    let ((first, mut line), (second, mut other)) = (node(FIRST), node(SECOND));
    let who = Who::Visitor(VisitorId(Uuid::from_u128(4)));
    let seat = Seat {
        workspace_id: NORTH,
        who,
        name: String::new(),
        away: false,
        idle: false,
        viewing: Vec::new(),
        listed: true,
    };
    first.presence().sit(SessionId(Uuid::from_u128(5)), seat);
    let carry = |from: &mut Line, to: &Hub| {
        for parcel in parcels(from) {
            to.receive(parcel.workspace_id, &parcel.bytes);
        }
    };
    first.tell_presence();
    carry(&mut line, &second);
    assert!(
        !second.presence().is_here(NORTH, who),
        "it may have missed something before"
    );
    carry(&mut other, &first);
    carry(&mut line, &second);
    assert!(second.presence().is_here(NORTH, who));
    assert!(!second.presence().is_here(SOUTH, who));
}

#[tokio::test(start_paused = true)]
async fn who_was_looked_up_before_others_were_heard_looks_again() {
    let (hub, line) = node(FIRST);
    let topic = Topic::Visitors(SOUTH);
    let looked_up_at = Instant::now();
    let vera = join(&hub, SOUTH);
    let follow = tokio::spawn(async move {
        let missed = vera.follow_since(topic, looked_up_at).await;
        (vera, missed)
    });
    assert_eq!(line.take_changed(), [(SOUTH, true)]);
    tokio::task::yield_now().await;
    line.come_within_reach([SOUTH]);
    let (_vera, missed) = follow.await.expect("she follows");
    assert_eq!(missed, [Arc::new(Delivery::LookAgain)]);

    tokio::time::advance(Duration::from_millis(1)).await;
    let viktor = hub.join(SessionId(Uuid::from_u128(9)), SOUTH);
    let missed = viktor.follow_since(topic, Instant::now()).await;
    assert!(missed.is_empty(), "from then on all is heard");
}

#[tokio::test]
async fn a_crowd_on_one_node_is_known_on_the_other_and_no_packet_is_too_large_for_nats() {
    const CROWD: u128 = 14_000;
    const NATS_TAKES: usize = 1024 * 1024;
    let ((first, mut line), (second, mut other)) = (node(FIRST), node(SECOND));
    let visitor = |n| Who::Visitor(VisitorId(Uuid::from_u128(n)));
    for n in 0..CROWD {
        let seat = Seat {
            workspace_id: NORTH,
            who: visitor(n),
            name: String::new(),
            away: false,
            idle: false,
            viewing: Vec::new(),
            listed: true,
        };
        first.presence().sit(SessionId(Uuid::from_u128(n)), seat);
    }
    let carry = |from: &mut Line, to: &Hub| {
        for parcel in parcels(from) {
            assert!(parcel.bytes.len() < NATS_TAKES, "{}", parcel.bytes.len());
            to.receive(parcel.workspace_id, &parcel.bytes);
        }
    };
    // Told as news they are of no use; so everything is asked for, once.
    first.tell_presence();
    carry(&mut line, &second);
    let asked = parcels(&mut other);
    assert_eq!(asked.len(), 1);
    first.receive(NORTH, &asked[0].bytes);
    carry(&mut line, &second);
    let presence = second.presence();
    assert!((0..CROWD).all(|n| presence.is_here(NORTH, visitor(n))));
}
