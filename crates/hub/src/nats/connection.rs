//! One connection to NATS, from connect to disconnect.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::{Client, Event, Message, PublishErrorKind, Subscriber};
use bytes::Bytes;
use deskbell_protocol::WorkspaceId;
use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use url::Url;

use super::peers::{HEARTBEAT, Peers};
use super::rpc::{self, NodeRpcHandler};
use super::{connect_options, stop_requested};
use crate::cluster::SUBSCRIBE_TIMEOUT;
use crate::node::NodeId;
use crate::packet::{OutboundPacket, Packet};
use crate::{ClusterReceiver, Hub};

/// The capacity of the queue of received packets of each workspace.
pub(super) const SUBSCRIPTION_CAPACITY: usize = 8192;
/// The maximum number of packets that are sent in one batch.
const BATCH: usize = 256;
/// The timeout of an echo; without it the connection counts as dead.
const ECHO_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a workspace without sessions stays subscribed, so that a reload does not resubscribe.
const LINGER: Duration = Duration::from_secs(30);

/// The reason why a connection was lost.
pub(super) struct ConnectionLost(pub(super) String);

type Result<T = ()> = std::result::Result<T, ConnectionLost>;

pub(super) struct Connection {
    client: Client,
    node: NodeId,
    prefix: String,
    /// The subject of the echoes.
    echo: String,
    events: mpsc::UnboundedReceiver<Event>,
    echoes: Subscriber,
    heartbeats: Subscriber,
    requests: Subscriber,
    workspaces: HashMap<WorkspaceId, Subscription>,
    /// Subscribed workspaces without sessions, and since when.
    lingering: HashMap<WorkspaceId, Instant>,
    /// Subscriptions that take effect when this echo returns, and since when they are pending.
    pending: HashMap<WorkspaceId, (u64, Instant)>,
    /// Workspaces with sent packets, which are confirmed when this echo returns.
    unconfirmed: HashMap<WorkspaceId, u64>,
    /// Workspaces with packets that were too large for NATS.
    refused: HashSet<WorkspaceId>,
    /// The number of the last echo that was sent.
    sent: u64,
    /// The number of the last echo that returned.
    returned: u64,
    /// Since when an echo is pending.
    waiting_since: Option<Instant>,
    /// Received packets were dropped: the sessions must resync.
    is_behind: bool,
    was_connected: bool,
}

/// The task that forwards the packets about a workspace to the hub. Dropping it unsubscribes.
struct Subscription(AbortHandle);

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connection {
    pub(super) async fn open(
        url: &Url,
        prefix: &str,
        node: NodeId,
        number: u64,
    ) -> std::result::Result<Self, async_nats::Error> {
        let (sender, events) = mpsc::unbounded_channel();
        let (address, options) = connect_options(url);
        let client = options
            .event_callback(move |event| {
                // The receiver is gone once the connection is dropped.
                let _ = sender.send(event);
                std::future::ready(())
            })
            .connect(address?)
            .await?;
        // Echoes of the previous connection may still arrive; the number tells them apart.
        let echo = format!("{prefix}.n.{node}.{number}");
        let echoes = client.subscribe(echo.clone()).await?;
        let heartbeats = client.subscribe(format!("{prefix}.nodes")).await?;
        let requests = client.subscribe(rpc::subject(prefix, node)).await?;
        Ok(Self {
            client,
            node,
            prefix: prefix.to_owned(),
            echo,
            events,
            echoes,
            heartbeats,
            requests,
            workspaces: HashMap::new(),
            lingering: HashMap::new(),
            pending: HashMap::new(),
            unconfirmed: HashMap::new(),
            refused: HashSet::new(),
            sent: 0,
            returned: 0,
            waiting_since: None,
            is_behind: false,
            was_connected: false,
        })
    }

    /// Workspaces with packets that may not have arrived.
    pub(super) fn unconfirmed(&self) -> impl Iterator<Item = WorkspaceId> {
        self.unconfirmed.keys().copied()
    }

    /// Whether the connection was ever established.
    pub(super) fn was_connected(&self) -> bool {
        self.was_connected
    }

    /// A client for requests to other nodes.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Subscribes to all workspaces with sessions, and then asks all sessions to resync.
    pub(super) async fn establish(&mut self, hub: &Hub, receiver: &ClusterReceiver) -> Result {
        loop {
            for id in receiver.wanted() {
                self.subscribe(hub, id).await?;
            }
            self.send_echo().await?;
            while self.returned < self.sent {
                let echo = timeout(ECHO_TIMEOUT, self.echoes.next()).await;
                self.on_echo(echo.map_err(|_| timed_out())?)?;
            }
            if receiver.set_connected(&self.workspaces.keys().copied().collect::<HashSet<_>>()) {
                break;
            }
        }
        self.pending.clear();
        self.was_connected = true;
        tracing::info!("connected to NATS");
        hub.resync(None);
        Ok(())
    }

    /// Sends and receives packets until the connection ends; `Ok` after a stop request.
    pub(super) async fn run(
        &mut self,
        hub: &Hub,
        receiver: &mut ClusterReceiver,
        peers: &mut Peers,
        handler: &NodeRpcHandler,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result {
        peers.restart_timeouts();
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_heartbeat = Instant::now();
        let mut packets = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                event = self.events.recv() => self.on_event(event)?,
                echo = self.echoes.next() => {
                    self.on_echo(echo)?;
                    self.settle(hub, receiver);
                }
                heartbeat = self.heartbeats.next() => self.on_heartbeat(hub, peers, heartbeat)?,
                request = self.requests.next() => {
                    let request = request.ok_or_else(closed)?;
                    rpc::handle(hub, &self.client, handler, request);
                }
                () = receiver.next(&mut packets, BATCH) => {
                    self.send(&mut packets).await?;
                    self.adjust(hub, receiver).await?;
                }
                _ = heartbeat.tick() => {
                    // If this node was stalled itself, the others were not necessarily silent.
                    if last_heartbeat.elapsed() > HEARTBEAT * 2 {
                        peers.restart_timeouts();
                    }
                    last_heartbeat = Instant::now();
                    self.heartbeat(hub, receiver, peers).await?;
                }
                () = stop_requested(stopping) => {
                    return self.close(receiver).await;
                }
            }
        }
    }

    fn on_event(&mut self, event: Option<Event>) -> Result {
        match event {
            Some(Event::Connected | Event::Draining) => Ok(()),
            Some(Event::SlowConsumer(_)) => {
                self.is_behind = true;
                Ok(())
            }
            Some(Event::ServerError(error)) => {
                tracing::warn!(%error, "NATS reports an error");
                Ok(())
            }
            Some(event) => Err(ConnectionLost(event.to_string())),
            None => Err(closed()),
        }
    }

    fn on_echo(&mut self, echo: Option<Message>) -> Result {
        let echo = echo.ok_or_else(closed)?;
        // After a reconnect an echo confirms nothing that was sent before.
        if self.client.statistics().connects.load(Ordering::Relaxed) > 1 {
            return Err(ConnectionLost("connected again".to_owned()));
        }
        let number = std::str::from_utf8(&echo.payload).ok();
        if let Some(number) = number.and_then(|text| text.parse::<u64>().ok()) {
            self.returned = self.returned.max(number.min(self.sent));
            self.unconfirmed
                .retain(|_, echo_number| *echo_number > self.returned);
        }
        // A returning echo restarts the timeout, even while others are pending.
        self.waiting_since = (self.returned < self.sent).then(Instant::now);
        Ok(())
    }

    /// Marks workspaces as subscribed whose echo has returned.
    fn settle(&mut self, hub: &Hub, receiver: &ClusterReceiver) {
        let returned = self.returned;
        let subscribed = self
            .pending
            .extract_if(|_, (echo_number, _)| *echo_number <= returned);
        let subscribed: Vec<_> = subscribed.map(|(id, (_, since))| (id, since)).collect();
        receiver.mark_subscribed(subscribed.iter().map(|(id, _)| *id));
        for (id, since) in subscribed {
            if since.elapsed() >= SUBSCRIBE_TIMEOUT {
                hub.resync(Some(id));
            }
        }
    }

    fn on_heartbeat(&self, hub: &Hub, peers: &mut Peers, heartbeat: Option<Message>) -> Result {
        let heartbeat = heartbeat.ok_or_else(closed)?;
        let Some((node, lives)) =
            parse_heartbeat(&heartbeat.payload).filter(|(node, _)| *node != self.node)
        else {
            return Ok(());
        };
        if lives {
            if peers.record(node) {
                tracing::info!(%node, "another node has joined");
            }
        } else if peers.remove(node) {
            tracing::info!(%node, "another node has stopped");
            hub.node_gone(node);
        }
        Ok(())
    }

    async fn send(&mut self, packets: &mut Vec<OutboundPacket>) -> Result {
        // Record all of them first: those that are not sent any more may be lost, too.
        let echo_number = self.sent + 1;
        let workspaces = packets
            .iter()
            .map(|packet| (packet.workspace_id, echo_number));
        self.unconfirmed.extend(workspaces);
        for packet in packets.drain(..) {
            let subject = self.subject(packet.workspace_id);
            let is_sent = self.publish(subject, packet.bytes).await?;
            if !is_sent && packet.needs_resync_if_lost {
                self.refused.insert(packet.workspace_id);
            }
        }
        Ok(())
    }

    /// Subscribes to new workspaces; those without sessions are unsubscribed later.
    async fn adjust(&mut self, hub: &Hub, receiver: &ClusterReceiver) -> Result {
        let mut is_new = false;
        for (id, is_wanted) in receiver.take_changed() {
            if !is_wanted {
                self.lingering.insert(id, Instant::now());
                continue;
            }
            self.lingering.remove(&id);
            if !self.workspaces.contains_key(&id) {
                self.subscribe(hub, id).await?;
                self.pending.insert(id, (self.sent + 1, Instant::now()));
                is_new = true;
            }
        }
        if is_new {
            self.send_echo().await?;
        }
        Ok(())
    }

    async fn subscribe(&mut self, hub: &Hub, id: WorkspaceId) -> Result {
        if self.workspaces.contains_key(&id) {
            return Ok(());
        }
        let subscribe = self.client.subscribe(self.subject(id));
        let mut subscriber = in_time(subscribe).await?;
        let hub = hub.clone();
        let task = tokio::spawn(async move {
            while let Some(message) = subscriber.next().await {
                hub.receive(id, &message.payload);
            }
        });
        self.workspaces
            .insert(id, Subscription(task.abort_handle()));
        Ok(())
    }

    /// Runs once a second: sends a heartbeat and pending resync requests, and checks the timeouts.
    async fn heartbeat(
        &mut self,
        hub: &Hub,
        receiver: &ClusterReceiver,
        peers: &mut Peers,
    ) -> Result {
        if self
            .waiting_since
            .is_some_and(|since| since.elapsed() > ECHO_TIMEOUT)
        {
            return Err(timed_out());
        }
        let mut dropped = receiver.take_dropped();
        dropped.extend(self.refused.drain());
        let resync = Packet::Resync.encode(self.node);
        let packet = |workspace_id| OutboundPacket {
            workspace_id,
            bytes: resync.clone(),
            needs_resync_if_lost: true,
        };
        self.send(&mut dropped.into_iter().map(packet).collect())
            .await?;
        self.send_heartbeat(true).await?;
        self.send_echo().await?;
        for node in peers.expire() {
            tracing::warn!(%node, "another node is silent and counts as dead");
            hub.node_gone(node);
        }
        if std::mem::take(&mut self.is_behind) {
            hub.resync(None);
        }
        self.unsubscribe_empty(receiver);
        Ok(())
    }

    fn unsubscribe_empty(&mut self, receiver: &ClusterReceiver) {
        let is_over = |_: &WorkspaceId, since: &mut Instant| since.elapsed() > LINGER;
        for (id, _) in self.lingering.extract_if(is_over) {
            if receiver.mark_unsubscribed(id) {
                self.workspaces.remove(&id);
                self.pending.remove(&id);
            }
        }
    }

    async fn close(&mut self, receiver: &mut ClusterReceiver) -> Result {
        let mut packets = Vec::new();
        while receiver.take_ready(&mut packets, BATCH) > 0 {
            self.send(&mut packets).await?;
        }
        self.send_heartbeat(false).await?;
        in_time(self.client.flush()).await
    }

    async fn send_heartbeat(&self, lives: bool) -> Result {
        let heartbeat = format!("{} {}", self.node, if lives { "lives" } else { "stops" });
        let nodes = format!("{}.nodes", self.prefix);
        self.publish(nodes, heartbeat.into()).await.map(drop)
    }

    async fn send_echo(&mut self) -> Result {
        self.sent += 1;
        self.waiting_since.get_or_insert_with(Instant::now);
        let echo = self.sent.to_string().into();
        self.publish(self.echo.clone(), echo).await.map(drop)
    }

    /// Sends a message; returns false if it is too large for NATS, which does not end the connection.
    async fn publish(&self, subject: String, bytes: Bytes) -> Result<bool> {
        let size_bytes = bytes.len();
        let publish = async {
            match self.client.publish(subject, bytes).await {
                Ok(()) => Ok(true),
                Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => Ok(false),
                Err(error) => Err(error),
            }
        };
        let is_sent = in_time(publish).await?;
        if !is_sent {
            tracing::warn!(
                size_bytes,
                "dropped a packet that is larger than the max_payload of NATS"
            );
        }
        Ok(is_sent)
    }

    fn subject(&self, id: WorkspaceId) -> String {
        format!("{}.w.{id}", self.prefix)
    }
}

fn parse_heartbeat(bytes: &Bytes) -> Option<(NodeId, bool)> {
    let (node, heartbeat) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
    Some((node.parse().ok()?, heartbeat != "stops"))
}

fn closed() -> ConnectionLost {
    ConnectionLost("closed".to_owned())
}

fn timed_out() -> ConnectionLost {
    ConnectionLost("timed out".to_owned())
}

/// Applies the timeout: the client's queue may be full because the connection is stuck.
async fn in_time<T, E: std::fmt::Display>(
    what: impl Future<Output = std::result::Result<T, E>>,
) -> Result<T> {
    match timeout(ECHO_TIMEOUT, what).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(ConnectionLost(error.to_string())),
        Err(_) => Err(timed_out()),
    }
}
