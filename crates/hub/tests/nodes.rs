//! Two hubs with a transport between them: delivery, and recovery after a lost connection.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use deskbell_hub::packet::OutboundPacket;
use deskbell_hub::presence::{PresenceEntry, Who};
use deskbell_hub::{ClusterReceiver, Delivery, Hub, Mailbox, NodeId, Packet, Topic};
use deskbell_protocol::{ConnectionId, ConversationId, VisitorId, WorkspaceId};
use tokio::time::Instant;
use uuid::Uuid;

const NORTH: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
const SOUTH: WorkspaceId = WorkspaceId(Uuid::from_u128(2));
const CONVERSATION: ConversationId = ConversationId(Uuid::from_u128(3));
const FIRST: NodeId = NodeId::new(1);
const SECOND: NodeId = NodeId::new(2);

fn join(hub: &Hub, workspace_id: WorkspaceId) -> Mailbox {
    hub.join(ConnectionId(workspace_id.0), workspace_id)
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

/// A node whose transport is connected and subscribed to North.
fn node(id: NodeId) -> (Hub, ClusterReceiver) {
    let (hub, receiver) = Hub::with_cluster(id);
    assert!(receiver.set_connected(&HashSet::from([NORTH])));
    (hub, receiver)
}

fn packets(receiver: &mut ClusterReceiver) -> Vec<OutboundPacket> {
    let mut packets = Vec::new();
    receiver.take_ready(&mut packets, 100);
    packets
}

#[tokio::test]
async fn an_event_of_one_node_reaches_followers_on_another() {
    let ((first, mut receiver), (second, _other)) = (node(FIRST), node(SECOND));
    let mut ada = join(&second, NORTH);
    ada.follow(topics()[0]).await;
    first.publish(NORTH, &topics(), message(1));
    let packets = packets(&mut receiver);
    assert_eq!(packets.len(), 1);
    assert_eq!(packets[0].workspace_id, NORTH);
    second.receive(NORTH, &packets[0].bytes);
    assert_eq!(ada.try_next(), Some(Arc::new(message(1))));
}

#[tokio::test]
async fn a_node_ignores_its_own_packets() {
    let (hub, mut receiver) = node(FIRST);
    let mut ada = join(&hub, NORTH);
    ada.follow(topics()[0]).await;
    hub.publish(NORTH, &topics(), message(1));
    hub.receive(NORTH, &packets(&mut receiver)[0].bytes);
    assert!(ada.try_next().is_some());
    assert!(ada.try_next().is_none());
}

#[tokio::test]
async fn packets_about_one_workspace_do_not_reach_another() {
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
async fn unknown_packets_are_ignored() {
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
async fn dropped_packets_lead_to_a_resync() {
    let (hub, mut receiver) = node(FIRST);
    receiver.set_disconnected([SOUTH]);
    hub.publish(NORTH, &topics(), message(1));
    assert_eq!(receiver.take_dropped(), HashSet::from([NORTH, SOUTH]));
    assert!(receiver.take_dropped().is_empty());

    let (other, _line) = node(SECOND);
    let (mut ada, mut stella) = (join(&other, NORTH), join(&other, SOUTH));
    other.receive(NORTH, &Packet::Resync.encode(FIRST));
    assert_eq!(ada.next().await, Some(Arc::new(Delivery::Resync)));
    let nothing = tokio::time::timeout(Duration::from_secs(5), stella.next()).await;
    assert!(nothing.is_err());
}

#[tokio::test]
async fn a_full_queue_drops_packets_and_records_their_workspaces() {
    let (hub, mut receiver) = node(FIRST);
    for seq in 0..10_000 {
        hub.publish(NORTH, &topics(), message(seq));
    }
    assert_eq!(receiver.take_dropped(), HashSet::from([NORTH]));
    assert_eq!(packets(&mut receiver).len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_follower_waits_until_the_workspace_is_subscribed() {
    let (hub, mut receiver) = Hub::with_cluster(FIRST);
    assert!(receiver.set_connected(&HashSet::new()));
    let mut ada = join(&hub, NORTH);
    receiver.next(&mut Vec::new(), 1).await;
    assert_eq!(receiver.take_changed(), [(NORTH, true)]);
    {
        let mut follow = std::pin::pin!(ada.follow(topics()[0]));
        let early = tokio::time::timeout(Duration::from_secs(1), &mut follow).await;
        assert!(early.is_err(), "it waits");
        receiver.mark_subscribed([NORTH]);
        follow.await;
    }
    hub.publish(NORTH, &topics(), message(1));
    assert!(ada.try_next().is_some());
    drop(ada);
    assert_eq!(receiver.take_changed(), [(NORTH, false)]);
    let _ben = join(&hub, NORTH);
    assert!(
        !receiver.mark_unsubscribed(NORTH),
        "a session has joined again"
    );
}

#[tokio::test]
async fn nobody_waits_while_the_transport_is_disconnected() {
    let (hub, mut receiver) = node(FIRST);
    receiver.set_disconnected([]);
    let ada = join(&hub, NORTH);
    ada.follow(topics()[0]).await;
    assert!(
        !receiver.set_connected(&HashSet::new()),
        "not before it listens to north"
    );
    assert_eq!(hub.is_cluster_connected(), Some(false));
    assert_eq!(receiver.wanted(), [NORTH]);
    assert!(receiver.set_connected(&HashSet::from([NORTH])));
    assert_eq!(hub.is_cluster_connected(), Some(true));
}

#[tokio::test]
async fn presence_of_one_node_is_known_on_another_after_one_request() {
    let ((first, mut receiver), (second, mut other)) = (node(FIRST), node(SECOND));
    let who = Who::Visitor(VisitorId(Uuid::from_u128(4)));
    let entry = PresenceEntry {
        workspace_id: NORTH,
        who,
        name: String::new(),
        away: false,
        idle: false,
        viewing: Vec::new(),
        listed: true,
    };
    first.join_presence(ConnectionId(Uuid::from_u128(5)), entry);
    let carry = |from: &mut ClusterReceiver, to: &Hub| {
        for packet in packets(from) {
            to.receive(packet.workspace_id, &packet.bytes);
        }
    };
    first.publish_presence();
    carry(&mut receiver, &second);
    assert!(
        !second.is_present(NORTH, who),
        "it may have missed something before"
    );
    carry(&mut other, &first);
    carry(&mut receiver, &second);
    assert!(second.is_present(NORTH, who));
    assert!(!second.is_present(SOUTH, who));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_looked_up_before_the_subscription_resyncs() {
    let (hub, receiver) = node(FIRST);
    let topic = Topic::Visitors(SOUTH);
    let looked_up_at = Instant::now();
    let vera = join(&hub, SOUTH);
    let follow = tokio::spawn(async move {
        let missed = vera.follow_since(topic, looked_up_at).await;
        (vera, missed)
    });
    assert_eq!(receiver.take_changed(), [(SOUTH, true)]);
    tokio::task::yield_now().await;
    receiver.mark_subscribed([SOUTH]);
    let (_vera, missed) = follow.await.expect("she follows");
    assert_eq!(missed, [Arc::new(Delivery::Resync)]);

    tokio::time::advance(Duration::from_millis(1)).await;
    let viktor = hub.join(ConnectionId(Uuid::from_u128(9)), SOUTH);
    let missed = viktor.follow_since(topic, Instant::now()).await;
    assert!(missed.is_empty(), "from then on all packets arrive");
}

#[tokio::test]
async fn a_crowd_is_known_on_another_node_and_no_packet_is_too_large_for_nats() {
    const CROWD: u128 = 14_000;
    const NATS_TAKES: usize = 1024 * 1024;
    let ((first, mut receiver), (second, mut other)) = (node(FIRST), node(SECOND));
    let visitor = |n| Who::Visitor(VisitorId(Uuid::from_u128(n)));
    for n in 0..CROWD {
        let entry = PresenceEntry {
            workspace_id: NORTH,
            who: visitor(n),
            name: String::new(),
            away: false,
            idle: false,
            viewing: Vec::new(),
            listed: true,
        };
        first.join_presence(ConnectionId(Uuid::from_u128(n)), entry);
    }
    let carry = |from: &mut ClusterReceiver, to: &Hub| {
        for packet in packets(from) {
            assert!(packet.bytes.len() < NATS_TAKES, "{}", packet.bytes.len());
            to.receive(packet.workspace_id, &packet.bytes);
        }
    };
    // As separate updates they are useless after the gap, so the full state is requested once.
    first.publish_presence();
    carry(&mut receiver, &second);
    let requests = packets(&mut other);
    assert_eq!(requests.len(), 1);
    first.receive(NORTH, &requests[0].bytes);
    carry(&mut receiver, &second);
    let presence = &second;
    assert!((0..CROWD).all(|n| presence.is_present(NORTH, visitor(n))));
}
