//! Who is connected, and who gets which event: in this process, and through a carrier in others.
//!
//! A session joins with a mailbox of fixed size and follows topics of its workspace. What is
//! published to a topic is put into every follower's mailbox, once, however many of the topics it
//! follows. A mailbox that is full belongs to a client that does not keep up: its session is
//! dropped from the hub, the mailbox ends after what it holds, and the session closes the
//! connection with a code that tells the client to come back and resume. Nobody else waits.
//!
//! The hub promises neither order nor completeness: it says that something happened. A session
//! holds a cursor for each conversation and one for its inbox, and reads what is missing from the
//! database. When the hub knows that something may have been lost on the way from another node, it
//! tells the sessions to look again ([decision
//! 8](../../../docs/decisions/0008-core-nats-with-resync-between-nodes.md)).
//!
//! Beside it stands who is there: [`presence`].

mod carrier;
mod changes;
mod delivery;
mod mailbox;
mod maps;
pub mod nats;
pub mod packet;
pub mod presence;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use deskbell_protocol::{ConversationId, SessionId, UserId, VisitorId, WorkspaceId};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;

use carrier::Carrier;
pub use carrier::Line;
use changes::{Changes, To};
pub use delivery::Delivery;
pub use mailbox::Mailbox;
use maps::{HashMap, HashSet};
pub use packet::{NodeId, Packet};
use presence::{Hearing, Presence, Who};

/// Deliveries that may wait for one session before it counts as too slow: what one commit tells an
/// inbox comes at once, and four may commit side by side. Those that wait are shared by all who get
/// them.
pub const MAILBOX_CAPACITY: usize = 4096;
/// Bytes that may wait for one session before it counts as too slow.
pub const MAILBOX_BYTES: usize = 4 * 1024 * 1024;
/// So many sessions at a time are told to look again, and the next ones after this pause: all at
/// once would be a storm on the database.
const LOOKERS: usize = 50;
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// What a session can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// One conversation: its visitor, and agents who look at it.
    Conversation(ConversationId),
    /// The conversations of a workspace: agents only.
    Inbox(WorkspaceId),
    /// What concerns one member: each of their sessions follows it.
    Member(UserId),
    /// What concerns all visitors of a workspace's sites.
    Visitors(WorkspaceId),
    /// What concerns one visitor: it reaches each of their sessions that has a seat, unasked. There are
    /// many visitors, and to follow it would cost each of them memory.
    Visitor(VisitorId),
}

/// The meeting point of this process's sessions. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

struct Inner {
    /// Deliveries that a mailbox holds.
    capacity: usize,
    state: Mutex<State>,
    presence: Mutex<Presence>,
    /// To the other nodes, if there can be any.
    carrier: Option<Carrier>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<SessionId, Session>,
    topics: HashMap<Topic, HashSet<SessionId>>,
    changes: Changes,
}

struct Session {
    workspace_id: WorkspaceId,
    mailbox: mpsc::Sender<Arc<Delivery>>,
    /// Bytes in the mailbox.
    waiting: Arc<AtomicUsize>,
    topics: HashSet<Topic>,
}

impl Default for Hub {
    fn default() -> Self {
        Self::new(MAILBOX_CAPACITY, None)
    }
}

impl Hub {
    /// The hub of one node of several, and the line that its carrier serves.
    pub fn with_carrier(node: NodeId) -> (Self, Line) {
        Self::with_small_mailboxes(node, MAILBOX_CAPACITY)
    }

    /// The same, with mailboxes that hold only so many deliveries.
    pub fn with_small_mailboxes(node: NodeId, capacity: usize) -> (Self, Line) {
        let (carrier, line) = carrier::carrier(node);
        (Self::new(capacity, Some(carrier)), line)
    }

    fn new(capacity: usize, carrier: Option<Carrier>) -> Self {
        let inner = Inner {
            capacity,
            state: Mutex::default(),
            presence: Mutex::default(),
            carrier,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Whether other nodes are told what happens here; `None` if there are none by design.
    pub fn is_carried(&self) -> Option<bool> {
        self.inner.carrier.as_ref().map(Carrier::is_up)
    }

    /// Who is there. Be quick: everybody who comes or goes waits.
    pub fn presence(&self) -> MutexGuard<'_, Presence> {
        let presence = self.inner.presence.lock();
        presence.unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the other nodes what has changed here in who is there, and that this one lives.
    pub fn tell_presence(&self) {
        let bulletins = self.presence().bulletins();
        if let Some(carrier) = &self.inner.carrier {
            for (workspace_id, bulletin) in bulletins {
                carrier.tell_if_up(workspace_id, &Packet::Presence { bulletin });
            }
        }
    }

    /// Joins; the session leaves when its mailbox is dropped.
    pub fn join(&self, id: SessionId, workspace_id: WorkspaceId) -> Mailbox {
        let (sender, receiver) = mpsc::channel(self.inner.capacity);
        let waiting = Arc::new(AtomicUsize::new(0));
        self.lock().sessions.insert(
            id,
            Session {
                workspace_id,
                mailbox: sender,
                waiting: Arc::clone(&waiting),
                topics: HashSet::default(),
            },
        );
        if let Some(carrier) = &self.inner.carrier {
            carrier.session_came(workspace_id);
        }
        Mailbox::new(id, workspace_id, self.clone(), receiver, waiting)
    }

    /// How many sessions are joined.
    pub fn session_count(&self) -> usize {
        self.lock().sessions.len()
    }

    /// Whether anybody follows `topic` in this process; other nodes' sessions are not known here.
    pub fn is_followed(&self, topic: Topic) -> bool {
        self.lock().topics.contains_key(&topic)
    }

    /// Whether what is published to `topic` can reach anybody, here or on another node.
    pub fn reaches(&self, topic: Topic) -> bool {
        self.inner.carrier.is_some() || self.is_followed(topic)
    }

    /// Puts `delivery` into the mailbox of every session of the workspace that follows one of
    /// `topics`, once each, on this node and on the others.
    pub fn publish(&self, workspace_id: WorkspaceId, topics: &[Topic], delivery: Delivery) {
        if let Some(carrier) = &self.inner.carrier {
            let packet = Packet::Delivery {
                topics: topics.to_vec(),
                delivery: delivery.clone(),
            };
            carrier.tell(workspace_id, &packet);
        }
        self.deliver(workspace_id, topics, delivery);
    }

    /// The same, for sessions on this node only: the other nodes know it by themselves.
    pub fn publish_here(&self, workspace_id: WorkspaceId, topics: &[Topic], delivery: Delivery) {
        self.deliver(workspace_id, topics, delivery);
    }

    /// Takes what another node has said about a workspace. What it says about others is nothing.
    pub fn receive(&self, workspace_id: WorkspaceId, bytes: &Bytes) {
        let Some(carrier) = &self.inner.carrier else {
            return;
        };
        let Some((from, packet)) = Packet::decode(bytes, carrier.node) else {
            return;
        };
        match packet {
            Packet::Delivery { topics, delivery } => self.deliver(workspace_id, &topics, delivery),
            Packet::LookAgain => self.look_again(Some(workspace_id)),
            Packet::Presence { bulletin } => {
                let now = Instant::now().into_std();
                let heard = self.presence().hear(from, workspace_id, bulletin, now);
                if heard == Hearing::Missed {
                    carrier.tell_if_up(workspace_id, &Packet::WhoIsThere { node: from });
                }
            }
            Packet::WhoIsThere { node } if node == carrier.node => {
                let bulletins = self.presence().whole(workspace_id);
                for bulletin in bulletins {
                    carrier.tell_if_up(workspace_id, &Packet::Presence { bulletin });
                }
            }
            Packet::WhoIsThere { .. } => {}
            Packet::Unknown => {}
        }
    }

    /// Tells all sessions here, or those of one workspace, to look into the database: deliveries
    /// may have been lost. Returns at once; a few sessions at a time are told.
    pub fn look_again(&self, workspace_id: Option<WorkspaceId>) {
        let to = workspace_id.map_or(To::Everybody, To::Workspace);
        let again = Arc::new(Delivery::LookAgain);
        self.lock().changes.keep(to, again);
        let sessions = self.sessions_of(workspace_id);
        let hub = self.clone();
        tokio::spawn(async move {
            for some in sessions.chunks(LOOKERS) {
                hub.put(some.iter().copied(), &Arc::new(Delivery::LookAgain));
                tokio::time::sleep(LOOK_PAUSE).await;
            }
        });
    }

    /// A node has stopped or died. What it committed last it may not have told. Who was there
    /// with it is forgotten when it has been silent for long enough: most are on their way to another.
    pub fn node_gone(&self, _node: NodeId) {
        self.look_again(None);
    }

    fn sessions_of(&self, workspace_id: Option<WorkspaceId>) -> Vec<SessionId> {
        let state = self.lock();
        let sessions = state.sessions.iter();
        let wanted = sessions.filter(|(_, session)| {
            workspace_id.is_none_or(|workspace_id| session.workspace_id == workspace_id)
        });
        wanted.map(|(id, _)| *id).collect()
    }

    fn deliver(&self, workspace_id: WorkspaceId, topics: &[Topic], delivery: Delivery) {
        let delivery = Arc::new(delivery);
        let seated = self.seated(workspace_id, topics);
        let mut state = self.lock();
        if matches!(*delivery, Delivery::ProveAgain { .. }) {
            for topic in topics {
                let to = To::Followers(workspace_id, *topic);
                state.changes.keep(to, Arc::clone(&delivery));
            }
        }
        let mut followers = Vec::new();
        for (place, topic) in topics.iter().enumerate() {
            let is_new = |id: &&SessionId| !state.follows_one_of(**id, &topics[..place]);
            let here = state.topics.get(topic).into_iter().flatten();
            followers.extend(here.filter(is_new).copied());
        }
        followers.extend(seated);
        followers.retain(|id| state.is_of(*id, workspace_id));
        self.put_into(&mut state, followers, &delivery);
    }

    /// The sessions of the visitors whom these topics name.
    fn seated(&self, workspace_id: WorkspaceId, topics: &[Topic]) -> Vec<SessionId> {
        let visitors = topics.iter().filter_map(|topic| match topic {
            Topic::Visitor(id) => Some(Who::Visitor(*id)),
            _ => None,
        });
        visitors
            .flat_map(|who| self.presence().sessions_of(workspace_id, who))
            .collect()
    }

    fn put(&self, ids: impl IntoIterator<Item = SessionId>, delivery: &Arc<Delivery>) {
        self.put_into(&mut self.lock(), ids, delivery);
    }

    fn put_into(
        &self,
        state: &mut State,
        ids: impl IntoIterator<Item = SessionId>,
        delivery: &Arc<Delivery>,
    ) {
        for id in ids {
            let Some(session) = state.sessions.get(&id) else {
                continue;
            };
            let is_moment = matches!(**delivery, Delivery::Moment { .. });
            if is_moment && session.mailbox.capacity() < self.inner.capacity / 2 {
                continue;
            }
            let bytes = delivery.bytes();
            let waiting = session.waiting.fetch_add(bytes, Ordering::Relaxed) + bytes;
            let is_full = waiting > MAILBOX_BYTES;
            if is_full || session.mailbox.try_send(Arc::clone(delivery)).is_err() {
                self.leave_from(state, id);
            }
        }
    }

    fn follow(&self, id: SessionId, topic: Topic) {
        let mut state = self.lock();
        let Some(session) = state.sessions.get_mut(&id) else {
            return;
        };
        session.topics.insert(topic);
        state.topics.entry(topic).or_default().insert(id);
    }

    /// Waits until what other nodes say about the workspace arrives here.
    async fn reach(&self, workspace_id: WorkspaceId) {
        if let Some(carrier) = &self.inner.carrier {
            carrier.reach(workspace_id).await;
        }
    }

    /// What a follower of the topic was told of people since then, or may have been told where it
    /// was not heard here.
    fn missed(
        &self,
        since: Instant,
        workspace_id: WorkspaceId,
        topic: Topic,
    ) -> Vec<Arc<Delivery>> {
        let mut missed = self.lock().changes.since(since, workspace_id, topic);
        let carrier = self.inner.carrier.as_ref();
        if carrier.is_some_and(|carrier| !carrier.has_heard_since(workspace_id, since)) {
            missed.push(Arc::new(Delivery::LookAgain));
        }
        missed
    }

    fn unfollow(&self, id: SessionId, topic: Topic) {
        let mut state = self.lock();
        if let Some(session) = state.sessions.get_mut(&id) {
            session.topics.remove(&topic);
        }
        state.forget(id, topic);
    }

    fn leave(&self, id: SessionId) {
        self.leave_from(&mut self.lock(), id);
    }

    fn leave_from(&self, state: &mut State, id: SessionId) {
        let Some(session) = state.sessions.remove(&id) else {
            return;
        };
        for topic in session.topics {
            state.forget(id, topic);
        }
        if let Some(carrier) = &self.inner.carrier {
            carrier.session_left(session.workspace_id);
        }
    }

    /// A panic while the lock is held leaves maps that are still whole: go on with them.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn follows_one_of(&self, id: SessionId, topics: &[Topic]) -> bool {
        let followers = topics.iter().filter_map(|topic| self.topics.get(topic));
        followers.into_iter().any(|all| all.contains(&id))
    }

    fn is_of(&self, id: SessionId, workspace_id: WorkspaceId) -> bool {
        let session = self.sessions.get(&id);
        session.is_some_and(|session| session.workspace_id == workspace_id)
    }

    fn forget(&mut self, id: SessionId, topic: Topic) {
        if let Some(followers) = self.topics.get_mut(&topic) {
            followers.remove(&id);
            if followers.is_empty() {
                self.topics.remove(&topic);
            }
        }
    }
}
