//! Cancellation of polls that were forwarded to another node.
//!
//! When a client aborts a waiting request, its future is dropped, and the session is free for the
//! next one. A forwarded request waits on another node, which does not detect that. So the
//! forwarding node sends a cancellation with the ticket of the request.

use std::time::Duration;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_base::clock;
use deskbell_hub::NodeId;
use deskbell_hub::nats::NodeRpcClient;
use tokio_util::task::TaskTracker;

use super::wire::PollBody;

/// How long the other node may take to confirm a cancellation.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(2);

/// A guard that cancels a forwarded request when it is dropped before the answer.
pub(super) struct CancelOnDrop {
    pub(super) ticket: String,
    rpc: NodeRpcClient,
    node: NodeId,
    tasks: TaskTracker,
    session: Option<String>,
    is_answered: bool,
}

impl CancelOnDrop {
    /// `tasks`: in which the cancellation is sent.
    pub(super) fn new(
        (rpc, node): (NodeRpcClient, NodeId),
        tasks: TaskTracker,
        session: Option<String>,
    ) -> Self {
        Self {
            ticket: URL_SAFE_NO_PAD.encode(clock::random::<12>()),
            rpc,
            node,
            tasks,
            session,
            is_answered: false,
        }
    }

    /// The answer has arrived.
    pub(super) fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.is_answered {
            return;
        }
        let body = PollBody {
            session: self.session.take(),
            frames: Vec::new(),
            wait: false,
            wait_ms: None,
            number: None,
            ticket: None,
            cancel: Some(std::mem::take(&mut self.ticket)),
        };
        let (Ok(question), Ok(runtime)) = (
            serde_json::to_vec(&body),
            tokio::runtime::Handle::try_current(),
        ) else {
            return;
        };
        let (rpc, node) = (self.rpc.clone(), self.node);
        let cancel = async move {
            // If it is lost, the request ends by its own timeout.
            rpc.call(node, Bytes::from(question), CONFIRM_TIMEOUT).await;
        };
        self.tasks.spawn_on(cancel, &runtime);
    }
}
