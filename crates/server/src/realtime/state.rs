//! The state that all sessions of a node share.

use std::ops::Deref;
use std::sync::Arc;

use deskbell_domain::core::Core;
use deskbell_hub::Hub;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::ingest::message_writer::MessageWriter;
use crate::ingest::receipt_writer::ReceiptWriter;
use crate::ingest::visitor_loader::VisitorLoader;
use crate::realtime::poll_sessions::PollSessions;

/// The shared state of sessions. One pointer wide, because each session has one.
#[derive(Clone)]
pub struct Realtime(Arc<Parts>);

/// The handles of sessions.
pub struct Parts {
    pub core: Core,
    pub hub: Hub,
    /// Queues of messages that wait to be written.
    pub messages: MessageWriter,
    /// Batches the lookups of connecting visitors.
    pub visitors: VisitorLoader,
    /// Coalesces read receipts.
    pub receipts: Arc<ReceiptWriter>,
    /// The tasks of all sessions, and of what they do for other nodes. Shutdown waits for them.
    pub sessions: TaskTracker,
    /// The polling sessions.
    pub polls: PollSessions,
    /// Becomes true when the server must stop.
    pub stopping: watch::Receiver<bool>,
}

impl Realtime {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Realtime {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
