//! Packets of another node that arrive late, as after a stall: the state of a client never goes back.

use anyhow::{Context, Result};
use async_nats::{Client, Message, Subscriber};
use deskbell_protocol::{Command, ConversationId, Event, Seq};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::people::{Person, SNAPSHOT, visitor};
use futures_util::StreamExt;

/// North on two nodes: Vera and one window of Ada on the first, the other window on the second.
struct North {
    vera: Person,
    ada: Person,
    ada_elsewhere: Person,
    conversation_id: ConversationId,
    packets: Packets,
    _cluster: Cluster,
}

impl North {
    async fn new() -> Result<Self> {
        let cluster = Cluster::new(2).await?;
        let (done, token) = cluster.nodes[0].set_up("Ada", "North").await?;
        let mut vera = visitor(&cluster.nodes[0], &done.site.key).await?;
        let mut ada = Person::connect(&cluster.nodes[0], &token).await?;
        let mut ada_elsewhere = Person::connect(&cluster.nodes[1], &token).await?;
        let conversation_id = vera.start("One.").await?.id;
        ada_elsewhere.socket.request(SNAPSHOT).await?;
        for person in [&mut ada, &mut ada_elsewhere] {
            person.follow(conversation_id, None).await?;
        }
        let nats = cluster.nats_client().await?;
        let packets = Packets {
            tap: nats.subscribe("deskbell.*.w.>").await?,
            nats,
        };
        packets.nats.flush().await?;
        Ok(Self {
            vera,
            ada,
            ada_elsewhere,
            conversation_id,
            packets,
            _cluster: cluster,
        })
    }

    /// Reports on the first node that Ada has seen all up to `seq`.
    async fn see(&mut self, seq: Seq) -> Result<()> {
        let receipt = Command::Receipt {
            conversation_id: self.conversation_id,
            delivered: None,
            seen: Some(seq),
        };
        let answer = self.ada.socket.request(receipt).await?;
        anyhow::ensure!(answer == Event::Done, "done, not {answer:?}");
        Ok(())
    }

    /// The events on the second node up to one that `is_last`.
    async fn events_until(&mut self, is_last: impl Fn(&Event) -> bool) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        loop {
            let event = self.ada_elsewhere.socket.next_event().await?;
            events.push(event.context("the connection is open")?);
            if events.last().is_some_and(&is_last) {
                return Ok(events);
            }
        }
    }

    /// The events on the second node up to a new message, which shows that all packets before it have
    /// been handled there.
    async fn events_until_next_message(&mut self) -> Result<Vec<Event>> {
        let seq = self
            .vera
            .send_message(self.conversation_id, "Still there?")
            .await?;
        let is_last = |event: &Event| matches!(event, Event::MessageCreated { message } if message.seq == seq);
        self.events_until(is_last).await
    }
}

/// A tap on the packets of all nodes, which can send one again.
struct Packets {
    nats: Client,
    tap: Subscriber,
}

impl Packets {
    /// The next packet with an event of this type.
    async fn next_with(&mut self, kind: &str) -> Result<Message> {
        let event = format!(r#""event":{{"type":"{kind}""#);
        loop {
            let packet = self.tap.next().await.context("a packet")?;
            let text = String::from_utf8_lossy(&packet.payload).into_owned();
            if text.contains(&event) {
                return Ok(packet);
            }
        }
    }

    /// Sends a packet again, as if the first time had been late.
    async fn repeat(&self, packet: &Message) -> Result<()> {
        let (subject, payload) = (packet.subject.clone(), packet.payload.clone());
        self.nats.publish(subject, payload).await?;
        Ok(self.nats.flush().await?)
    }
}

fn agent_seen(event: &Event) -> Option<Seq> {
    match event {
        Event::Receipts { receipts, .. } => Some(receipts.agent_seen),
        _ => None,
    }
}

fn marker(event: &Event) -> Option<Seq> {
    match event {
        Event::Seen { markers } => markers.iter().map(|marker| marker.seq).max(),
        _ => None,
    }
}

fn revision(event: &Event) -> Option<i64> {
    match event {
        Event::ConversationChanged { conversation } => Some(conversation.revision),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_do_not_decrease_when_a_packet_arrives_late() -> Result<()> {
    let mut north = North::new().await?;
    north.see(1).await?;
    let late = north.packets.next_with("receipts").await?;
    north
        .vera
        .send_message(north.conversation_id, "Two.")
        .await?;
    north.see(2).await?;
    north
        .events_until(|event| agent_seen(event) == Some(2))
        .await?;
    north.packets.repeat(&late).await?;
    let events = north.events_until_next_message().await?;
    assert_eq!(events.iter().find_map(agent_seen), None, "{events:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn markers_do_not_decrease_when_a_packet_arrives_late() -> Result<()> {
    let mut north = North::new().await?;
    north.see(1).await?;
    let late = north.packets.next_with("seen").await?;
    north
        .vera
        .send_message(north.conversation_id, "Two.")
        .await?;
    north.see(2).await?;
    north.events_until(|event| marker(event) == Some(2)).await?;
    north.packets.repeat(&late).await?;
    let events = north.events_until_next_message().await?;
    assert_eq!(events.iter().find_map(marker), None, "{events:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_does_not_become_older_when_a_packet_arrives_late() -> Result<()> {
    let mut north = North::new().await?;
    let conversation_id = north.conversation_id;
    north.ada.change(Command::Claim { conversation_id }).await?;
    let late = north.packets.next_with("conversation_changed").await?;
    let resolved = north
        .ada
        .change(Command::Resolve { conversation_id })
        .await?;
    north
        .events_until(|event| revision(event) == Some(resolved.revision))
        .await?;
    north.packets.repeat(&late).await?;
    let events = north.events_until_next_message().await?;
    let older = |event: &&Event| revision(event).is_some_and(|it| it < resolved.revision);
    assert_eq!(events.iter().find(older), None, "{events:?}");
    Ok(())
}
