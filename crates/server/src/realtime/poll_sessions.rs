//! The registry of polling sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_base::clock;
use deskbell_base::limits::memory::MemoryAccount;
use deskbell_hub::NodeId;
use deskbell_hub::nats::NodeRpcClient;
use tokio::sync::{Mutex, mpsc};

use crate::realtime::cancellations::Cancellations;
use crate::realtime::pipe::{ClientText, Outgoing};

/// The open sessions, by their secret.
#[derive(Default)]
pub struct PollSessions {
    here: StdMutex<HashMap<String, Arc<PollSession>>>,
    /// The RPC client to other nodes, in a cluster.
    rpc: OnceLock<NodeRpcClient>,
}

/// The HTTP side of one session.
pub(super) struct PollSession {
    pub(super) sender: mpsc::Sender<ClientText>,
    /// The memory account of the client's address.
    pub(super) account: MemoryAccount,
    pub(super) answers: Mutex<LastAnswer>,
    /// Requests that another node has forwarded.
    pub(super) cancellations: Cancellations,
}

/// The frames of a session, and the last answer in case that it is requested again.
pub(super) struct LastAnswer {
    pub(super) from: mpsc::Receiver<Outgoing>,
    /// The number of the last numbered request, and the frames of its answer.
    pub(super) last: Option<(u32, Vec<Bytes>)>,
}

impl LastAnswer {
    /// The frames of the last answer, if it answered the request with this number.
    pub(super) fn repeated(&self, number: Option<u32>) -> Option<Vec<Bytes>> {
        let (last, frames) = self.last.as_ref()?;
        (number == Some(*last)).then(|| frames.clone())
    }
}

impl PollSessions {
    /// Sets the RPC client, with which sessions of other nodes are reached.
    pub fn set_rpc_client(&self, rpc: NodeRpcClient) {
        // It is set once, at the start.
        let _ = self.rpc.set(rpc);
    }

    /// A new session secret. In a cluster it contains the id of the node.
    pub(super) fn new_secret(&self) -> String {
        let secret = URL_SAFE_NO_PAD.encode(clock::random::<16>());
        match self.rpc.get() {
            Some(rpc) => format!("{}.{secret}", rpc.node()),
            None => secret,
        }
    }

    /// The node that has a session, if it is another one, and the client to reach it.
    pub(super) fn elsewhere(&self, session: &str) -> Option<(&NodeRpcClient, NodeId)> {
        let rpc = self.rpc.get()?;
        let node = session.split_once('.')?.0.parse().ok()?;
        (node != rpc.node()).then_some((rpc, node))
    }

    pub(super) fn find(&self, session: &str) -> Option<Arc<PollSession>> {
        self.lock().get(session).cloned()
    }

    /// A panic under the lock leaves the map consistent, so a poisoned lock is used as it is.
    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<PollSession>>> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
