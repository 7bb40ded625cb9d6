//! The hub: delivers events to the sessions of this process, and through a transport to other nodes.
//!
//! A session joins with a mailbox of fixed size and follows topics of its workspace. An event that
//! is published to topics is put into every follower's mailbox, once, however many of the topics the
//! session follows. A full mailbox means that its client is too slow: the session is removed from
//! the hub, its mailbox ends after the deliveries in it, and the session closes the connection with
//! a code that asks the client to reconnect and resume. Other sessions do not wait.
//!
//! The hub guarantees neither order nor completeness; it only notifies. A session has a cursor for
//! each conversation and one for its inbox, and reads gaps from the database. When the hub knows
//! that packets from another node may have been lost, it asks the sessions to resync ([decision
//! 8](../../../docs/decisions/0008-nodes-tell-each-other-and-look-again.md)).
//!
//! [`presence`] keeps track of who is online.

mod cluster;
mod delivery;
mod det_map;
mod followers;
mod mailbox;
#[cfg(feature = "nats")]
pub mod nats;
mod node;
pub mod packet;
pub mod presence;
mod replay;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use deskbell_protocol::{ConnectionId, ConversationId, UserId, VisitorId, WorkspaceId};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

pub use cluster::ClusterReceiver;
use cluster::ClusterTransport;
pub use delivery::{Delivery, ReadProgress};
use det_map::HashMap;
use followers::Followers;
pub use mailbox::Mailbox;
pub use node::NodeId;
pub use packet::Packet;
use presence::{Presence, UpdateResult, Who};
use replay::{Recipients, ReplayBuffer};

/// The capacity of a mailbox, in deliveries. The events of one commit for an inbox arrive together,
/// and four commits may run side by side. Deliveries are shared by their recipients.
pub const MAILBOX_CAPACITY: usize = 4096;
/// The capacity of a mailbox, in bytes.
pub const MAILBOX_BYTES: usize = 4 * 1024 * 1024;
/// Resync requests go out in batches of this size, with a pause between them: all sessions at once
/// would overload the database.
const RESYNC_BATCH: usize = 50;
const RESYNC_PAUSE: Duration = Duration::from_millis(20);

/// A topic that a session can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// One conversation: for its visitor and the agents who have it open.
    Conversation(ConversationId),
    /// The part of one conversation that only agents may see.
    #[serde(rename = "conversation_for_agents")]
    ConversationForAgents(ConversationId),
    /// The inbox of a workspace: for agents only.
    Inbox(WorkspaceId),
    /// One member of a workspace: each of their sessions follows it.
    Member(UserId),
    /// All visitors of a workspace's sites.
    Visitors(WorkspaceId),
    /// One visitor. Their sessions are found through presence, without following: there are many
    /// visitors, and a followed topic costs memory for each.
    Visitor(VisitorId),
}

/// The hub of this process. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    /// The capacity of a mailbox.
    capacity: usize,
    state: Mutex<State>,
    presence: Mutex<Presence>,
    /// To the other nodes; `None` in a single-node installation.
    cluster: Option<ClusterTransport>,
    /// The tasks of the hub, which [`Hub::stop`] waits for.
    tasks: TaskTracker,
}

#[derive(Default)]
struct State {
    sessions: HashMap<ConnectionId, Session>,
    topics: HashMap<Topic, Followers>,
    replay: ReplayBuffer,
}

struct Session {
    workspace_id: WorkspaceId,
    mailbox: mpsc::Sender<Arc<Delivery>>,
    /// Bytes in the mailbox.
    queued_bytes: Arc<AtomicUsize>,
    /// A vector, because nearly all sessions follow two: a conversation, and the news of the team.
    topics: Vec<Topic>,
}

impl Default for Hub {
    fn default() -> Self {
        Self::new(MAILBOX_CAPACITY, None)
    }
}

impl Hub {
    /// The hub of one node of a cluster, and the receiver that its transport reads.
    pub fn with_cluster(node: NodeId) -> (Self, ClusterReceiver) {
        Self::with_small_mailboxes(node, MAILBOX_CAPACITY)
    }

    /// The same with a smaller mailbox capacity, for tests.
    pub fn with_small_mailboxes(node: NodeId, capacity: usize) -> (Self, ClusterReceiver) {
        let (cluster, receiver) = cluster::channel(node);
        (Self::new(capacity, Some(cluster)), receiver)
    }

    fn new(capacity: usize, cluster: Option<ClusterTransport>) -> Self {
        let inner = Inner {
            capacity,
            state: Mutex::default(),
            presence: Mutex::default(),
            cluster,
            tasks: TaskTracker::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Whether the transport to the other nodes is connected; `None` in a single-node installation.
    pub fn is_cluster_connected(&self) -> Option<bool> {
        let cluster = self.inner.cluster.as_ref();
        cluster.map(ClusterTransport::is_connected)
    }

    /// Adds a session and returns its mailbox; dropping the mailbox removes the session.
    pub fn join(&self, id: ConnectionId, workspace_id: WorkspaceId) -> Mailbox {
        let (sender, receiver) = mpsc::channel(self.inner.capacity);
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        self.lock().sessions.insert(
            id,
            Session {
                workspace_id,
                mailbox: sender,
                queued_bytes: Arc::clone(&queued_bytes),
                topics: Vec::with_capacity(2),
            },
        );
        if let Some(cluster) = &self.inner.cluster {
            cluster.session_joined(workspace_id);
        }
        Mailbox::new(id, workspace_id, self.clone(), receiver, queued_bytes)
    }

    /// The number of sessions on this node.
    pub fn session_count(&self) -> usize {
        self.lock().sessions.len()
    }

    /// Whether a session on this node follows `topic`; sessions of other nodes are not known here.
    pub fn is_followed(&self, topic: Topic) -> bool {
        self.lock().topics.contains_key(&topic)
    }

    /// Whether an event that is published to `topic` can reach a session, here or on another node.
    pub fn reaches(&self, topic: Topic) -> bool {
        self.inner.cluster.is_some() || self.is_followed(topic)
    }

    /// Puts `delivery` into the mailbox of every session of the workspace that follows one of
    /// `topics`, once each, on this node and on the others.
    pub fn publish(&self, workspace_id: WorkspaceId, topics: &[Topic], delivery: Delivery) {
        if let Some(cluster) = &self.inner.cluster {
            let packet = Packet::Delivery {
                topics: topics.to_vec(),
                delivery: delivery.clone(),
            };
            cluster.send(workspace_id, &packet);
        }
        self.deliver(workspace_id, topics, delivery);
    }

    /// The same for sessions on this node only, where every node publishes the event itself.
    pub fn publish_locally(&self, workspace_id: WorkspaceId, topics: &[Topic], delivery: Delivery) {
        self.deliver(workspace_id, topics, delivery);
    }

    /// Handles a packet that another node has published about a workspace. The packet can affect
    /// sessions of that workspace only.
    pub fn receive(&self, workspace_id: WorkspaceId, bytes: &Bytes) {
        let Some(cluster) = &self.inner.cluster else {
            return;
        };
        let Some((from, packet)) = Packet::decode(bytes, cluster.node) else {
            return;
        };
        match packet {
            Packet::Delivery { topics, delivery } => self.deliver(workspace_id, &topics, delivery),
            Packet::Resync => self.resync(Some(workspace_id)),
            Packet::Presence { update } => {
                let now = Instant::now().into_std();
                let result = self.lock_presence().apply(from, workspace_id, update, now);
                if result == UpdateResult::Gap {
                    let request = Packet::PresenceRequest { node: from };
                    cluster.send_best_effort(workspace_id, &request);
                }
            }
            Packet::PresenceRequest { node } if node == cluster.node => {
                let updates = self.lock_presence().full_updates(workspace_id);
                for update in updates {
                    cluster.send_best_effort(workspace_id, &Packet::Presence { update });
                }
            }
            Packet::PresenceRequest { .. } => {}
            Packet::Unknown => {}
        }
    }

    /// Asks all sessions on this node, or those of one workspace, to read gaps from the database,
    /// because deliveries may have been lost. Returns at once; the requests go out in batches.
    pub fn resync(&self, workspace_id: Option<WorkspaceId>) {
        let to = workspace_id.map_or(Recipients::All, Recipients::Workspace);
        self.lock().replay.push(to, Arc::new(Delivery::Resync));
        let sessions = self.sessions_of(workspace_id);
        let hub = self.clone();
        self.spawn(async move {
            for batch in sessions.chunks(RESYNC_BATCH) {
                if hub.inner.tasks.is_closed() {
                    return;
                }
                hub.put(batch.iter().copied(), &Arc::new(Delivery::Resync));
                tokio::time::sleep(RESYNC_PAUSE).await;
            }
        });
    }

    /// Spawns a task that [`Hub::stop`] waits for.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.inner.tasks.spawn(task);
    }

    /// Ends the tasks of the hub and waits for them. The caller has ended all sessions.
    pub async fn stop(&self) {
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }

    /// Handles the end of another node, which may not have published its last commits. Its presence
    /// stays until it has been silent for long enough: most of its clients are reconnecting.
    pub fn node_gone(&self, _node: NodeId) {
        self.resync(None);
    }

    fn sessions_of(&self, workspace_id: Option<WorkspaceId>) -> Vec<ConnectionId> {
        let state = self.lock();
        let sessions = state.sessions.iter();
        let wanted = sessions.filter(|(_, session)| {
            workspace_id.is_none_or(|workspace_id| session.workspace_id == workspace_id)
        });
        wanted.map(|(id, _)| *id).collect()
    }

    fn deliver(&self, workspace_id: WorkspaceId, topics: &[Topic], delivery: Delivery) {
        let delivery = Arc::new(delivery);
        let of_visitors = self.visitor_sessions(workspace_id, topics);
        let mut state = self.lock();
        if matches!(*delivery, Delivery::Reauthenticate { .. }) {
            for topic in topics {
                let to = Recipients::Followers(workspace_id, *topic);
                state.replay.push(to, Arc::clone(&delivery));
            }
        }
        let mut recipients = Vec::new();
        for (index, topic) in topics.iter().enumerate() {
            let is_new = |id: &ConnectionId| !state.follows_one_of(*id, &topics[..index]);
            let followers = state.topics.get(topic).into_iter();
            recipients.extend(followers.flat_map(Followers::iter).filter(is_new));
        }
        recipients.extend(of_visitors);
        recipients.retain(|id| state.is_of(*id, workspace_id));
        self.put_into(&mut state, recipients, &delivery);
    }

    /// The sessions of the visitors whom these topics name.
    fn visitor_sessions(&self, workspace_id: WorkspaceId, topics: &[Topic]) -> Vec<ConnectionId> {
        let visitors = topics.iter().filter_map(|topic| match topic {
            Topic::Visitor(id) => Some(Who::Visitor(*id)),
            _ => None,
        });
        visitors
            .flat_map(|who| self.lock_presence().sessions_of(workspace_id, who))
            .collect()
    }

    fn put(&self, ids: impl IntoIterator<Item = ConnectionId>, delivery: &Arc<Delivery>) {
        self.put_into(&mut self.lock(), ids, delivery);
    }

    fn put_into(
        &self,
        state: &mut State,
        ids: impl IntoIterator<Item = ConnectionId>,
        delivery: &Arc<Delivery>,
    ) {
        for id in ids {
            let Some(session) = state.sessions.get(&id) else {
                continue;
            };
            let is_ephemeral = matches!(**delivery, Delivery::Ephemeral { .. });
            if is_ephemeral && session.mailbox.capacity() < self.inner.capacity / 2 {
                continue;
            }
            let bytes = delivery.bytes();
            let queued = session.queued_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
            let is_full = queued > MAILBOX_BYTES;
            if is_full || session.mailbox.try_send(Arc::clone(delivery)).is_err() {
                self.remove_from(state, id);
            }
        }
    }

    fn follow(&self, id: ConnectionId, topic: Topic) {
        let mut state = self.lock();
        let Some(session) = state.sessions.get_mut(&id) else {
            return;
        };
        if !session.topics.contains(&topic) {
            session.topics.push(topic);
        }
        let followers = state.topics.entry(topic).or_insert(Followers::One(id));
        followers.insert(id);
    }

    /// Waits until packets of other nodes about the workspace arrive here.
    async fn wait_until_subscribed(&self, workspace_id: WorkspaceId) {
        if let Some(cluster) = &self.inner.cluster {
            cluster.wait_until_subscribed(workspace_id).await;
        }
    }

    /// The reauthentication and resync requests for followers of the topic since then; a resync
    /// request if some of them may not have arrived here.
    fn missed(
        &self,
        since: Instant,
        workspace_id: WorkspaceId,
        topic: Topic,
    ) -> Vec<Arc<Delivery>> {
        let mut missed = self.lock().replay.since(since, workspace_id, topic);
        let cluster = self.inner.cluster.as_ref();
        if cluster.is_some_and(|cluster| !cluster.was_subscribed_since(workspace_id, since)) {
            missed.push(Arc::new(Delivery::Resync));
        }
        missed
    }

    fn unfollow(&self, id: ConnectionId, topic: Topic) {
        let mut state = self.lock();
        if let Some(session) = state.sessions.get_mut(&id) {
            session.topics.retain(|other| *other != topic);
        }
        state.remove_follower(id, topic);
    }

    fn remove(&self, id: ConnectionId) {
        self.remove_from(&mut self.lock(), id);
    }

    fn remove_from(&self, state: &mut State, id: ConnectionId) {
        let Some(session) = state.sessions.remove(&id) else {
            return;
        };
        for topic in session.topics {
            state.remove_follower(id, topic);
        }
        if let Some(cluster) = &self.inner.cluster {
            cluster.session_left(session.workspace_id);
        }
    }

    /// A panic under the lock leaves the maps consistent, so a poisoned lock is used as it is.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn follows_one_of(&self, id: ConnectionId, topics: &[Topic]) -> bool {
        let followers = topics.iter().filter_map(|topic| self.topics.get(topic));
        followers.into_iter().any(|all| all.contains(id))
    }

    fn is_of(&self, id: ConnectionId, workspace_id: WorkspaceId) -> bool {
        let session = self.sessions.get(&id);
        session.is_some_and(|session| session.workspace_id == workspace_id)
    }

    fn remove_follower(&mut self, id: ConnectionId, topic: Topic) {
        if let Some(followers) = self.topics.get_mut(&topic)
            && !followers.remove(id)
        {
            self.topics.remove(&topic);
        }
    }
}
