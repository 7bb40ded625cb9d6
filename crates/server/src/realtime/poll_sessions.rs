//! The registry of sessions over plain HTTP.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_domain::clock;
use deskbell_hub::NodeId;
use deskbell_hub::nats::Post;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::{Mutex, mpsc};

use crate::realtime::pipe::Outgoing;

/// The sessions that are open, by their secret.
#[derive(Default)]
pub struct PollSessions {
    here: StdMutex<HashMap<String, Arc<PollSession>>>,
    /// To other nodes, if there can be any.
    post: OnceLock<Post>,
}

/// The HTTP side of one session.
pub(super) struct PollSession {
    pub(super) say: mpsc::Sender<String>,
    pub(super) hear: Mutex<LastAnswer>,
}

/// The frames of a session, and the last answer in case that it is asked for again.
pub(super) struct LastAnswer {
    pub(super) from: mpsc::Receiver<Outgoing>,
    /// The last request that waited and had a number, and what it was told.
    pub(super) last: Option<(u32, Vec<Box<RawValue>>)>,
}

/// [`deskbell_protocol::api::poll::Polled`] with the frames as they were encoded.
#[derive(Serialize)]
pub struct Answer {
    pub(super) session: String,
    pub(super) frames: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) close_code: Option<u16>,
}

impl PollSessions {
    /// From now on, sessions may be asked for that other nodes have.
    pub fn carry_with(&self, post: Post) {
        // It is said once, at the start.
        let _ = self.post.set(post);
    }

    /// Of several nodes, a session's secret names the one that has it.
    pub(super) fn new_secret(&self) -> String {
        let secret = URL_SAFE_NO_PAD.encode(clock::random::<16>());
        match self.post.get() {
            Some(post) => format!("{}.{secret}", post.node()),
            None => secret,
        }
    }

    /// The other node that has a session, and the way to it.
    pub(super) fn elsewhere(&self, session: &str) -> Option<(&Post, NodeId)> {
        let post = self.post.get()?;
        let node = session.split_once('.')?.0.parse().ok()?;
        (node != post.node()).then_some((post, node))
    }

    pub(super) fn find(&self, session: &str) -> Option<Arc<PollSession>> {
        self.lock().get(session).cloned()
    }

    /// A panic while the lock is held leaves a map that is still whole: go on with it.
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<PollSession>>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
