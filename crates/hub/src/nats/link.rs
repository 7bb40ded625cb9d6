//! One connection to NATS, from its beginning to its end.

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

use super::peers::{BEAT, Peers};
use super::post::{self, Answerer};
use super::{connect_options, told_to_stop};
use crate::carrier::PATIENCE;
use crate::packet::{NodeId, Packet, Parcel};
use crate::{Hub, Line};

/// Packets that may wait to be put into mailboxes, for each workspace.
pub(super) const WAITING: usize = 8192;
/// Packets that are handed to NATS in one go.
const BATCH: usize = 256;
/// An echo that is not back after this time will not come: the connection is dead.
const DEAF: Duration = Duration::from_secs(4);
/// A workspace without sessions is listened to for so long, so that a page can be reloaded.
const LINGER: Duration = Duration::from_secs(30);

/// Why a connection broke.
pub(super) struct Lost(pub(super) String);

type Result<T = ()> = std::result::Result<T, Lost>;

pub(super) struct Link {
    client: Client,
    node: NodeId,
    prefix: String,
    /// The subject of its echoes.
    echo: String,
    events: mpsc::UnboundedReceiver<Event>,
    echoes: Subscriber,
    signs: Subscriber,
    questions: Subscriber,
    workspaces: HashMap<WorkspaceId, Listener>,
    /// Without sessions, since when.
    lingering: HashMap<WorkspaceId, Instant>,
    /// Listened to, but not known to be heard before this echo is back; since when.
    awaited: HashMap<WorkspaceId, (u64, Instant)>,
    /// Packets about them are not known to have arrived before this echo is back.
    unproven: HashMap<WorkspaceId, u64>,
    /// NATS has refused packets about these: they were too large.
    refused: HashSet<WorkspaceId>,
    /// The number of the last echo that was sent.
    sent: u64,
    /// The number of the last echo that came back.
    returned: u64,
    /// Since when an echo is waited for.
    waiting_since: Option<Instant>,
    /// Deliveries were dropped here: the sessions must look again.
    is_behind: bool,
    was_up: bool,
}

/// Passes on what is said about a workspace; ends with the subscription when it is dropped.
struct Listener(AbortHandle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Link {
    pub(super) async fn open(
        url: &Url,
        prefix: &str,
        node: NodeId,
        number: u64,
    ) -> std::result::Result<Self, async_nats::Error> {
        let (teller, events) = mpsc::unbounded_channel();
        let (address, options) = connect_options(url);
        let client = options
            .event_callback(move |event| {
                // Nobody listens any more when the link is dropped.
                let _ = teller.send(event);
                std::future::ready(())
            })
            .connect(address?)
            .await?;
        // The last connection's may still come, and prove nothing here.
        let echo = format!("{prefix}.n.{node}.{number}");
        let echoes = client.subscribe(echo.clone()).await?;
        let signs = client.subscribe(format!("{prefix}.nodes")).await?;
        let questions = client.subscribe(post::subject(prefix, node)).await?;
        Ok(Self {
            client,
            node,
            prefix: prefix.to_owned(),
            echo,
            events,
            echoes,
            signs,
            questions,
            workspaces: HashMap::new(),
            lingering: HashMap::new(),
            awaited: HashMap::new(),
            unproven: HashMap::new(),
            refused: HashSet::new(),
            sent: 0,
            returned: 0,
            waiting_since: None,
            is_behind: false,
            was_up: false,
        })
    }

    /// Packets about these may not have arrived.
    pub(super) fn unproven(&self) -> impl Iterator<Item = WorkspaceId> {
        self.unproven.keys().copied()
    }

    /// Whether it ever carried anything.
    pub(super) fn was_up(&self) -> bool {
        self.was_up
    }

    /// A client for questions to other nodes.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Listens to everything that is of interest, and then lets everybody look again.
    pub(super) async fn go_up(&mut self, hub: &Hub, line: &Line) -> Result {
        loop {
            for id in line.wanted() {
                self.listen(hub, id).await?;
            }
            self.send_echo().await?;
            while self.returned < self.sent {
                let echo = timeout(DEAF, self.echoes.next()).await;
                self.take_echo(echo.map_err(|_| deaf())?)?;
            }
            if line.go_up(&self.workspaces.keys().copied().collect::<HashSet<_>>()) {
                break;
            }
        }
        self.awaited.clear();
        self.was_up = true;
        tracing::info!("NATS is here: nodes hear each other");
        hub.look_again(None);
        Ok(())
    }

    /// Carries packets until it ends; `Ok` when it was told to stop.
    pub(super) async fn carry(
        &mut self,
        hub: &Hub,
        line: &mut Line,
        peers: &mut Peers,
        answerer: &Answerer,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result {
        peers.begin_anew();
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut beaten_at = Instant::now();
        let mut parcels = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                event = self.events.recv() => self.take_event(event)?,
                echo = self.echoes.next() => {
                    self.take_echo(echo)?;
                    self.settle(hub, line);
                }
                sign = self.signs.next() => self.take_sign(hub, peers, sign)?,
                question = self.questions.next() => {
                    let question = question.ok_or_else(closed)?;
                    post::answer(&self.client, answerer, question);
                }
                () = line.next(&mut parcels, BATCH) => {
                    self.send(&mut parcels).await?;
                    self.adjust(hub, line).await?;
                }
                _ = beat.tick() => {
                    // Whoever was held up itself cannot blame the others for being silent.
                    if beaten_at.elapsed() > BEAT * 2 {
                        peers.begin_anew();
                    }
                    beaten_at = Instant::now();
                    self.beat(hub, line, peers).await?;
                }
                () = told_to_stop(stopping) => {
                    return self.say_farewell(line).await;
                }
            }
        }
    }

    fn take_event(&mut self, event: Option<Event>) -> Result {
        match event {
            Some(Event::Connected | Event::Draining) => Ok(()),
            Some(Event::SlowConsumer(_)) => {
                self.is_behind = true;
                Ok(())
            }
            Some(Event::ServerError(error)) => {
                tracing::warn!(%error, "NATS refuses something");
                Ok(())
            }
            Some(event) => Err(Lost(event.to_string())),
            None => Err(closed()),
        }
    }

    fn take_echo(&mut self, echo: Option<Message>) -> Result {
        let echo = echo.ok_or_else(closed)?;
        // Connected a second time, it proves nothing of what went before.
        if self.client.statistics().connects.load(Ordering::Relaxed) > 1 {
            return Err(Lost("connected again".to_owned()));
        }
        let number = std::str::from_utf8(&echo.payload).ok();
        if let Some(number) = number.and_then(|text| text.parse::<u64>().ok()) {
            self.returned = self.returned.max(number.min(self.sent));
            self.unproven.retain(|_, proof| *proof > self.returned);
        }
        // While echoes come back it is not deaf, though others are always on their way.
        self.waiting_since = (self.returned < self.sent).then(Instant::now);
        Ok(())
    }

    /// Workspaces whose echo is back are within reach.
    fn settle(&mut self, hub: &Hub, line: &Line) {
        let returned = self.returned;
        let proven = self.awaited.extract_if(|_, (proof, _)| *proof <= returned);
        let proven: Vec<_> = proven.map(|(id, (_, since))| (id, since)).collect();
        line.come_within_reach(proven.iter().map(|(id, _)| *id));
        for (id, since) in proven {
            if since.elapsed() >= PATIENCE {
                hub.look_again(Some(id));
            }
        }
    }

    fn take_sign(&self, hub: &Hub, peers: &mut Peers, sign: Option<Message>) -> Result {
        let sign = sign.ok_or_else(closed)?;
        let Some((node, lives)) = read_sign(&sign.payload).filter(|(node, _)| *node != self.node)
        else {
            return Ok(());
        };
        if lives {
            if peers.hear(node) {
                tracing::info!(%node, "another node is here");
            }
        } else if peers.forget(node) {
            tracing::info!(%node, "another node has stopped");
            hub.node_gone(node);
        }
        Ok(())
    }

    async fn send(&mut self, parcels: &mut Vec<Parcel>) -> Result {
        // All of them first: whatever is not sent any more may be lost, too.
        let proof = self.sent + 1;
        let concerned = parcels.iter().map(|parcel| (parcel.workspace_id, proof));
        self.unproven.extend(concerned);
        for parcel in parcels.drain(..) {
            let subject = self.subject(parcel.workspace_id);
            let taken = self.publish(subject, parcel.bytes).await?;
            if !taken && parcel.is_looked_for {
                self.refused.insert(parcel.workspace_id);
            }
        }
        Ok(())
    }

    /// Begins to listen to new workspaces; those that have become empty are left later.
    async fn adjust(&mut self, hub: &Hub, line: &Line) -> Result {
        let mut is_new = false;
        for (id, is_wanted) in line.take_changed() {
            if !is_wanted {
                self.lingering.insert(id, Instant::now());
                continue;
            }
            self.lingering.remove(&id);
            if !self.workspaces.contains_key(&id) {
                self.listen(hub, id).await?;
                self.awaited.insert(id, (self.sent + 1, Instant::now()));
                is_new = true;
            }
        }
        if is_new {
            self.send_echo().await?;
        }
        Ok(())
    }

    async fn listen(&mut self, hub: &Hub, id: WorkspaceId) -> Result {
        if self.workspaces.contains_key(&id) {
            return Ok(());
        }
        let subscribe = self.client.subscribe(self.subject(id));
        let mut subscriber = in_time(subscribe).await?;
        let hub = hub.clone();
        let listener = tokio::spawn(async move {
            while let Some(message) = subscriber.next().await {
                hub.receive(id, &message.payload);
            }
        });
        self.workspaces
            .insert(id, Listener(listener.abort_handle()));
        Ok(())
    }

    /// Once a second: are all still there, and is anything to be made good?
    async fn beat(&mut self, hub: &Hub, line: &Line, peers: &mut Peers) -> Result {
        if self
            .waiting_since
            .is_some_and(|since| since.elapsed() > DEAF)
        {
            return Err(deaf());
        }
        let mut missed = line.take_missed();
        missed.extend(self.refused.drain());
        let again = Packet::LookAgain.encode(self.node);
        let parcel = |workspace_id| Parcel {
            workspace_id,
            bytes: again.clone(),
            is_looked_for: true,
        };
        self.send(&mut missed.into_iter().map(parcel).collect())
            .await?;
        self.send_sign(true).await?;
        self.send_echo().await?;
        for node in peers.bury() {
            tracing::warn!(%node, "another node is silent: it counts as dead");
            hub.node_gone(node);
        }
        if std::mem::take(&mut self.is_behind) {
            hub.look_again(None);
        }
        self.leave_empty(line);
        Ok(())
    }

    fn leave_empty(&mut self, line: &Line) {
        let is_over = |_: &WorkspaceId, since: &mut Instant| since.elapsed() > LINGER;
        for (id, _) in self.lingering.extract_if(is_over) {
            if line.give_up(id) {
                self.workspaces.remove(&id);
                self.awaited.remove(&id);
            }
        }
    }

    async fn say_farewell(&mut self, line: &mut Line) -> Result {
        let mut parcels = Vec::new();
        while line.take_ready(&mut parcels, BATCH) > 0 {
            self.send(&mut parcels).await?;
        }
        self.send_sign(false).await?;
        in_time(self.client.flush()).await
    }

    async fn send_sign(&self, lives: bool) -> Result {
        let sign = format!("{} {}", self.node, if lives { "lives" } else { "stops" });
        let nodes = format!("{}.nodes", self.prefix);
        self.publish(nodes, sign.into()).await.map(drop)
    }

    async fn send_echo(&mut self) -> Result {
        self.sent += 1;
        self.waiting_since.get_or_insert_with(Instant::now);
        let echo = self.sent.to_string().into();
        self.publish(self.echo.clone(), echo).await.map(drop)
    }

    /// Whether NATS takes it. One packet that is too large for it must not cost the connection.
    async fn publish(&self, subject: String, bytes: Bytes) -> Result<bool> {
        let size_bytes = bytes.len();
        let publish = async {
            match self.client.publish(subject, bytes).await {
                Ok(()) => Ok(true),
                Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => Ok(false),
                Err(error) => Err(error),
            }
        };
        let taken = in_time(publish).await?;
        if !taken {
            tracing::warn!(
                size_bytes,
                "a packet is dropped: it is larger than the max_payload of NATS"
            );
        }
        Ok(taken)
    }

    fn subject(&self, id: WorkspaceId) -> String {
        format!("{}.w.{id}", self.prefix)
    }
}

fn read_sign(bytes: &Bytes) -> Option<(NodeId, bool)> {
    let (node, sign) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
    Some((node.parse().ok()?, sign != "stops"))
}

fn closed() -> Lost {
    Lost("closed".to_owned())
}

fn deaf() -> Lost {
    Lost("no answer".to_owned())
}

/// The client's queue may be full because nothing gets out.
async fn in_time<T, E: std::fmt::Display>(
    what: impl Future<Output = std::result::Result<T, E>>,
) -> Result<T> {
    match timeout(DEAF, what).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Lost(error.to_string())),
        Err(_) => Err(deaf()),
    }
}
