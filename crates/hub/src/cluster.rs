//! The interface between the hub and the transport that carries packets between nodes.
//!
//! A publisher never waits: packets go into a queue of fixed size. While the transport is
//! disconnected, or when the queue is full, packets are dropped and their workspaces are recorded;
//! once the transport is connected, the other nodes' sessions of these workspaces resync.
//!
//! A workspace is *subscribed* once everything that other nodes publish about it arrives here. A
//! session that follows a topic waits for that before it reads the database; otherwise a packet
//! could be published after its read and before the subscription. While the transport is
//! disconnected nobody waits, because every session resyncs when it is connected again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_protocol::WorkspaceId;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use crate::node::NodeId;
use crate::packet::{OutboundPacket, Packet};

/// The capacity of the queue of packets that wait for the transport.
const QUEUE: usize = 4096;
/// How long a session that follows a topic waits for the subscription. Workspaces that are
/// subscribed later resync then.
pub(crate) const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(2);

/// The hub's end: sends packets.
pub(crate) struct ClusterTransport {
    pub(crate) node: NodeId,
    queue: mpsc::Sender<OutboundPacket>,
    shared: Arc<Shared>,
}

/// The transport's end: receives the packets to send and the workspaces to subscribe to.
pub struct ClusterReceiver {
    node: NodeId,
    queue: mpsc::Receiver<OutboundPacket>,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes [`ClusterReceiver::next`].
    changed: Notify,
    /// Changes when workspaces were subscribed, or when nobody has to wait any more.
    settled: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    is_connected: bool,
    /// The number of sessions of each workspace on this node.
    sessions: HashMap<WorkspaceId, usize>,
    /// Subscribed workspaces, and since when.
    subscribed: HashMap<WorkspaceId, Instant>,
    /// Workspaces whose first session has joined, or whose last has left, since the transport last
    /// asked.
    changed: HashSet<WorkspaceId>,
    /// Workspaces with dropped packets.
    dropped: HashSet<WorkspaceId>,
}

pub(crate) fn channel(node: NodeId) -> (ClusterTransport, ClusterReceiver) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let shared = Arc::new(Shared {
        state: Mutex::default(),
        changed: Notify::new(),
        settled: watch::Sender::new(()),
    });
    let transport = ClusterTransport {
        node,
        queue: sender,
        shared: Arc::clone(&shared),
    };
    let receiver = ClusterReceiver {
        node,
        queue: receiver,
        shared,
    };
    (transport, receiver)
}

impl ClusterTransport {
    pub(crate) fn is_connected(&self) -> bool {
        self.shared.lock().is_connected
    }

    /// Queues a packet, or records that it was dropped. Never waits.
    pub(crate) fn send(&self, workspace_id: WorkspaceId, packet: &Packet) {
        let is_queued = self.is_connected() && {
            let bytes = packet.encode(self.node);
            let packet = OutboundPacket {
                workspace_id,
                bytes,
                needs_resync_if_lost: true,
            };
            self.queue.try_send(packet).is_ok()
        };
        if !is_queued {
            self.shared.lock().dropped.insert(workspace_id);
        }
    }

    /// Queues a packet whose loss does not need a resync. Never waits.
    pub(crate) fn send_best_effort(&self, workspace_id: WorkspaceId, packet: &Packet) {
        if self.is_connected() {
            let bytes = packet.encode(self.node);
            let packet = OutboundPacket {
                workspace_id,
                bytes,
                needs_resync_if_lost: false,
            };
            let _ = self.queue.try_send(packet);
        }
    }

    pub(crate) fn session_joined(&self, workspace_id: WorkspaceId) {
        let mut state = self.shared.lock();
        let count = state.sessions.entry(workspace_id).or_default();
        *count += 1;
        if *count == 1 {
            state.changed.insert(workspace_id);
            self.shared.changed.notify_one();
        }
    }

    pub(crate) fn session_left(&self, workspace_id: WorkspaceId) {
        let mut state = self.shared.lock();
        let Some(count) = state.sessions.get_mut(&workspace_id) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            state.sessions.remove(&workspace_id);
            state.changed.insert(workspace_id);
            self.shared.changed.notify_one();
        }
    }

    /// Whether the workspace has been subscribed all the time since then. While the transport is
    /// disconnected that does not matter: everybody resyncs when it is connected again.
    pub(crate) fn was_subscribed_since(&self, workspace_id: WorkspaceId, since: Instant) -> bool {
        let state = self.shared.lock();
        let from = state.subscribed.get(&workspace_id);
        !state.is_connected || from.is_some_and(|from| *from < since)
    }

    /// Waits until the workspace is subscribed, or until waiting is of no use.
    pub(crate) async fn wait_until_subscribed(&self, workspace_id: WorkspaceId) {
        let mut settled = self.shared.settled.subscribe();
        let settle = settled.wait_for(|()| self.shared.lock().is_settled(workspace_id));
        // After a timeout the session resyncs when the workspace is subscribed.
        let _ = tokio::time::timeout(SUBSCRIBE_TIMEOUT, settle).await;
    }
}

impl ClusterReceiver {
    /// The node of the hub.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Waits until packets are queued, of which it receives at most `limit`, or until the list of
    /// workspaces with sessions changes.
    pub async fn next(&mut self, packets: &mut Vec<OutboundPacket>, limit: usize) {
        tokio::select! {
            _ = self.queue.recv_many(packets, limit) => {}
            () = self.shared.changed.notified() => {}
        }
    }

    /// Receives the packets that are queued now, at most `limit`; returns their number.
    pub fn take_ready(&mut self, packets: &mut Vec<OutboundPacket>, limit: usize) -> usize {
        let ready = std::iter::from_fn(|| self.queue.try_recv().ok());
        let before = packets.len();
        packets.extend(ready.take(limit));
        packets.len() - before
    }

    /// The workspaces whose first session has joined or whose last has left since the previous call,
    /// each with whether it has sessions now.
    pub fn take_changed(&self) -> Vec<(WorkspaceId, bool)> {
        let mut state = self.shared.lock();
        let changed = std::mem::take(&mut state.changed);
        changed
            .into_iter()
            .map(|id| (id, state.sessions.contains_key(&id)))
            .collect()
    }

    /// All workspaces that have sessions; clears the list of changed ones.
    pub fn wanted(&self) -> Vec<WorkspaceId> {
        let mut state = self.shared.lock();
        state.changed.clear();
        state.sessions.keys().copied().collect()
    }

    /// Marks workspaces as subscribed from now on.
    pub fn mark_subscribed(&self, ids: impl IntoIterator<Item = WorkspaceId>) {
        let now = Instant::now();
        let subscribed = ids.into_iter().map(|id| (id, now));
        self.shared.lock().subscribed.extend(subscribed);
        self.shared.settled.send_replace(());
    }

    /// Marks a workspace as not subscribed, unless it has sessions again; returns whether it did.
    pub fn mark_unsubscribed(&self, id: WorkspaceId) -> bool {
        let mut state = self.shared.lock();
        let is_wanted = state.sessions.contains_key(&id);
        if !is_wanted {
            state.subscribed.remove(&id);
        }
        !is_wanted
    }

    /// Marks the transport as connected and these workspaces as subscribed. Fails while a workspace
    /// with sessions is not among them: the transport has to subscribe to it first.
    pub fn set_connected(&self, subscribed: &HashSet<WorkspaceId>) -> bool {
        let mut state = self.shared.lock();
        let is_complete = state.sessions.keys().all(|id| subscribed.contains(id));
        if is_complete {
            state.is_connected = true;
            let now = Instant::now();
            state.subscribed = subscribed.iter().map(|id| (*id, now)).collect();
        }
        is_complete
    }

    /// Marks the transport as disconnected. Queued packets are dropped, and packets about the
    /// `unconfirmed` workspaces may have been lost.
    pub fn set_disconnected(&mut self, unconfirmed: impl IntoIterator<Item = WorkspaceId>) {
        let mut state = self.shared.lock();
        state.is_connected = false;
        state.subscribed.clear();
        state.dropped.extend(unconfirmed);
        while let Ok(packet) = self.queue.try_recv() {
            state.dropped.insert(packet.workspace_id);
        }
        drop(state);
        self.shared.settled.send_replace(());
    }

    /// Takes the workspaces with dropped packets: the other nodes' sessions have to resync.
    pub fn take_dropped(&self) -> HashSet<WorkspaceId> {
        std::mem::take(&mut self.shared.lock().dropped)
    }
}

impl Shared {
    /// A panic under the lock leaves the maps consistent, so a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_settled(&self, id: WorkspaceId) -> bool {
        !self.is_connected || self.subscribed.contains_key(&id)
    }
}
