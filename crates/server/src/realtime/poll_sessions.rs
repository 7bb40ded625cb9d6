//! The registry of sessions over plain HTTP.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_domain::clock;
use deskbell_domain::limits::memory::MemoryAccount;
use deskbell_hub::NodeId;
use deskbell_hub::nats::NodeRpcClient;
use tokio::sync::{Mutex, mpsc};

use crate::realtime::cancellations::Cancellations;
use crate::realtime::pipe::{ClientText, Outgoing};

/// The sessions that are open, by their secret.
#[derive(Default)]
pub struct PollSessions {
    here: StdMutex<HashMap<String, Arc<PollSession>>>,
    /// To other nodes, if there can be any.
    post: OnceLock<NodeRpcClient>,
}

/// The HTTP side of one session.
pub(super) struct PollSession {
    pub(super) sender: mpsc::Sender<ClientText>,
    /// The memory account of the client's address.
    pub(super) account: MemoryAccount,
    pub(super) hear: Mutex<LastAnswer>,
    /// Requests that another node has forwarded.
    pub(super) cancellations: Cancellations,
}

/// The frames of a session, and the last answer in case that it is requested again.
pub(super) struct LastAnswer {
    pub(super) from: mpsc::Receiver<Outgoing>,
    /// The last request that waited and had a number, and the frames of its answer.
    pub(super) last: Option<(u32, Vec<Bytes>)>,
}

impl PollSessions {
    /// From now on, sessions may be asked for that other nodes have.
    pub fn set_rpc_client(&self, post: NodeRpcClient) {
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
    pub(super) fn elsewhere(&self, session: &str) -> Option<(&NodeRpcClient, NodeId)> {
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
