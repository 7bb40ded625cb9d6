//! The hub's end of what carries packets between nodes, and the carrier's end of the hub.
//!
//! Whoever publishes never waits: packets go into a queue of fixed size. While the carrier is down,
//! or when the queue is full, they are dropped, and their workspaces are noted; once the carrier is
//! up, the other nodes' sessions of these workspaces are told to look again.
//!
//! A workspace is *within reach* once everything that other nodes say about it arrives here.
//! Whoever follows a topic waits for that before they read the database, or something could be
//! said after their read and before it arrives here. While the carrier is down nobody waits, for
//! every session looks again when it is up.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskbell_protocol::WorkspaceId;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use crate::packet::{NodeId, Packet, Parcel};

/// Packets that may wait for the carrier.
const QUEUE: usize = 4096;
/// Whoever follows a topic waits at most so long. Workspaces that come within reach later are told
/// to look again then.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// The hub's end.
pub(crate) struct Carrier {
    pub(crate) node: NodeId,
    queue: mpsc::Sender<Parcel>,
    reach: Arc<Shared>,
}

/// The carrier's end: what is to be carried, and what is to be listened to.
pub struct Line {
    node: NodeId,
    queue: mpsc::Receiver<Parcel>,
    reach: Arc<Shared>,
}

struct Shared {
    reach: Mutex<Reach>,
    /// Somebody waits in [`Line::next`].
    changed: Notify,
    /// Ticks when workspaces have come within reach, or nobody need wait any more.
    settled: watch::Sender<()>,
}

#[derive(Default)]
struct Reach {
    is_up: bool,
    /// How many sessions each workspace has here.
    sessions: HashMap<WorkspaceId, usize>,
    /// Within reach, since when.
    within: HashMap<WorkspaceId, Instant>,
    /// Their first session has come, or their last one has gone, since the carrier last asked.
    changed: HashSet<WorkspaceId>,
    /// Packets about them were dropped.
    missed: HashSet<WorkspaceId>,
}

pub(crate) fn carrier(node: NodeId) -> (Carrier, Line) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let shared = Arc::new(Shared {
        reach: Mutex::default(),
        changed: Notify::new(),
        settled: watch::Sender::new(()),
    });
    let carrier = Carrier {
        node,
        queue: sender,
        reach: Arc::clone(&shared),
    };
    let line = Line {
        node,
        queue: receiver,
        reach: shared,
    };
    (carrier, line)
}

impl Carrier {
    pub(crate) fn is_up(&self) -> bool {
        self.reach.lock().is_up
    }

    /// Hands a packet over, or notes that it was dropped. Never waits.
    pub(crate) fn tell(&self, workspace_id: WorkspaceId, packet: &Packet) {
        let told = self.is_up() && {
            let bytes = packet.encode(self.node);
            let parcel = Parcel {
                workspace_id,
                bytes,
                is_looked_for: true,
            };
            self.queue.try_send(parcel).is_ok()
        };
        if !told {
            self.reach.lock().missed.insert(workspace_id);
        }
    }

    /// Hands over a packet that nobody has to look for if it is lost. Never waits.
    pub(crate) fn tell_if_up(&self, workspace_id: WorkspaceId, packet: &Packet) {
        if self.is_up() {
            let bytes = packet.encode(self.node);
            let parcel = Parcel {
                workspace_id,
                bytes,
                is_looked_for: false,
            };
            let _ = self.queue.try_send(parcel);
        }
    }

    pub(crate) fn session_came(&self, workspace_id: WorkspaceId) {
        let mut reach = self.reach.lock();
        let count = reach.sessions.entry(workspace_id).or_default();
        *count += 1;
        if *count == 1 {
            reach.changed.insert(workspace_id);
            self.reach.changed.notify_one();
        }
    }

    pub(crate) fn session_left(&self, workspace_id: WorkspaceId) {
        let mut reach = self.reach.lock();
        let Some(count) = reach.sessions.get_mut(&workspace_id) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            reach.sessions.remove(&workspace_id);
            reach.changed.insert(workspace_id);
            self.reach.changed.notify_one();
        }
    }

    /// Whether what others say about the workspace arrived here all the time since then. While the
    /// carrier is down that does not matter: everybody looks again when it is up.
    pub(crate) fn has_heard_since(&self, workspace_id: WorkspaceId, since: Instant) -> bool {
        let reach = self.reach.lock();
        let from = reach.within.get(&workspace_id);
        !reach.is_up || from.is_some_and(|from| *from < since)
    }

    /// Waits until the workspace is within reach, or nobody need wait for it.
    pub(crate) async fn reach(&self, workspace_id: WorkspaceId) {
        let mut settled = self.reach.settled.subscribe();
        let settle = settled.wait_for(|()| self.reach.lock().is_settled(workspace_id));
        // Who gives up is told to look again when it is within reach.
        let _ = tokio::time::timeout(PATIENCE, settle).await;
    }
}

impl Line {
    /// Whose hub is at the other end.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Waits until something is to be carried, of which it takes at most `limit` parcels, or until
    /// workspaces have got their first session or lost their last.
    pub async fn next(&mut self, parcels: &mut Vec<Parcel>, limit: usize) {
        tokio::select! {
            _ = self.queue.recv_many(parcels, limit) => {}
            () = self.reach.changed.notified() => {}
        }
    }

    /// Takes what waits to be carried now, at most `limit` parcels; how many.
    pub fn take_ready(&mut self, parcels: &mut Vec<Parcel>, limit: usize) -> usize {
        let ready = std::iter::from_fn(|| self.queue.try_recv().ok());
        let before = parcels.len();
        parcels.extend(ready.take(limit));
        parcels.len() - before
    }

    /// Workspaces that have got their first session or lost their last since this was last asked,
    /// each with whether it has sessions now.
    pub fn take_changed(&self) -> Vec<(WorkspaceId, bool)> {
        let mut reach = self.reach.lock();
        let changed = std::mem::take(&mut reach.changed);
        changed
            .into_iter()
            .map(|id| (id, reach.sessions.contains_key(&id)))
            .collect()
    }

    /// All workspaces that have sessions; none of them counts as changed any more.
    pub fn wanted(&self) -> Vec<WorkspaceId> {
        let mut reach = self.reach.lock();
        reach.changed.clear();
        reach.sessions.keys().copied().collect()
    }

    /// What is said about these workspaces arrives here from now on.
    pub fn come_within_reach(&self, ids: impl IntoIterator<Item = WorkspaceId>) {
        let now = Instant::now();
        let within = ids.into_iter().map(|id| (id, now));
        self.reach.lock().within.extend(within);
        self.reach.settled.send_replace(());
    }

    /// Gives a workspace up, unless somebody has come back in the meantime.
    pub fn give_up(&self, id: WorkspaceId) -> bool {
        let mut reach = self.reach.lock();
        let is_wanted = reach.sessions.contains_key(&id);
        if !is_wanted {
            reach.within.remove(&id);
        }
        !is_wanted
    }

    /// Packets are carried from now on, and these workspaces are within reach. Not so while others
    /// have just got their first session: then the carrier must listen to them first.
    pub fn go_up(&self, within: &HashSet<WorkspaceId>) -> bool {
        let mut reach = self.reach.lock();
        let is_complete = reach.sessions.keys().all(|id| within.contains(id));
        if is_complete {
            reach.is_up = true;
            let now = Instant::now();
            reach.within = within.iter().map(|id| (*id, now)).collect();
        }
        is_complete
    }

    /// Nothing is carried from now on. What waits is dropped, and `unproven` may not have arrived.
    pub fn go_down(&mut self, unproven: impl IntoIterator<Item = WorkspaceId>) {
        let mut reach = self.reach.lock();
        reach.is_up = false;
        reach.within.clear();
        reach.missed.extend(unproven);
        while let Ok(parcel) = self.queue.try_recv() {
            reach.missed.insert(parcel.workspace_id);
        }
        drop(reach);
        self.reach.settled.send_replace(());
    }

    /// The workspaces about which packets were dropped: the other nodes are to be told now.
    pub fn take_missed(&self) -> HashSet<WorkspaceId> {
        std::mem::take(&mut self.reach.lock().missed)
    }
}

impl Shared {
    /// A panic while the lock is held leaves maps that are still whole: go on with them.
    fn lock(&self) -> MutexGuard<'_, Reach> {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reach {
    fn is_settled(&self, id: WorkspaceId) -> bool {
        !self.is_up || self.within.contains_key(&id)
    }
}
