//! Who is connected, and who gets which event, in this process.
//!
//! A session joins with a mailbox of fixed size and follows topics. What is published to a topic
//! is put into every follower's mailbox, once, however many of the topics it follows. A mailbox
//! that is full belongs to a client that does not keep up: its session is dropped from the hub,
//! the mailbox ends after what it holds, and the session closes the connection with a code that
//! tells the client to come back and resume. Nobody else waits.
//!
//! The hub promises neither order nor completeness: it says that something happened. A session
//! holds a cursor for each conversation and reads what is missing from the database.

mod delivery;
mod mailbox;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deskbell_protocol::{ConversationId, SessionId, UserId, WorkspaceId};
use tokio::sync::mpsc;

pub use delivery::Delivery;
pub use mailbox::Mailbox;

/// Deliveries that may wait for one session before it counts as too slow.
pub const MAILBOX_CAPACITY: usize = 256;

/// What a session can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// One conversation: its visitor, and agents who look at it.
    Conversation(ConversationId),
    /// The conversations of a workspace: agents only.
    Inbox(WorkspaceId),
    /// What concerns one member: each of their sessions follows it.
    Member(UserId),
}

/// The meeting point of this process's sessions. Cheap to clone.
#[derive(Clone, Default)]
pub struct Hub {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<SessionId, Session>,
    topics: HashMap<Topic, HashSet<SessionId>>,
}

struct Session {
    mailbox: mpsc::Sender<Arc<Delivery>>,
    topics: HashSet<Topic>,
}

impl Hub {
    /// Joins; the session leaves when its mailbox is dropped.
    pub fn join(&self, id: SessionId) -> Mailbox {
        let (sender, receiver) = mpsc::channel(MAILBOX_CAPACITY);
        self.lock().sessions.insert(
            id,
            Session {
                mailbox: sender,
                topics: HashSet::new(),
            },
        );
        Mailbox::new(id, self.clone(), receiver)
    }

    /// How many sessions are joined.
    pub fn session_count(&self) -> usize {
        self.lock().sessions.len()
    }

    /// Whether anybody follows `topic`.
    pub fn is_followed(&self, topic: Topic) -> bool {
        self.lock().topics.contains_key(&topic)
    }

    /// Puts `delivery` into the mailbox of everybody who follows one of `topics`, once each.
    pub fn publish(&self, topics: &[Topic], delivery: Delivery) {
        let delivery = Arc::new(delivery);
        let mut state = self.lock();
        let mut followers: HashSet<SessionId> = HashSet::new();
        for topic in topics {
            followers.extend(state.topics.get(topic).into_iter().flatten());
        }
        for id in followers {
            let Some(session) = state.sessions.get(&id) else {
                continue;
            };
            if session.mailbox.try_send(Arc::clone(&delivery)).is_err() {
                state.leave(id);
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

    fn unfollow(&self, id: SessionId, topic: Topic) {
        let mut state = self.lock();
        if let Some(session) = state.sessions.get_mut(&id) {
            session.topics.remove(&topic);
        }
        state.forget(id, topic);
    }

    fn leave(&self, id: SessionId) {
        self.lock().leave(id);
    }

    /// A panic while the lock is held leaves maps that are still whole: go on with them.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn leave(&mut self, id: SessionId) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        for topic in session.topics {
            self.forget(id, topic);
        }
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
