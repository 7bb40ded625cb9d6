//! Remote procedure calls: requests to one other node, and their responses.
//!
//! A response may exceed the message limit of NATS: it is sent in parts, and the first byte of each
//! says whether it is the last. The first part is empty and is sent at once: NATS may still know a
//! node that has just died, and a request to it would otherwise wait for the whole timeout.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, Message};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Hub;
use crate::node::NodeId;

/// The size of a part; the default limit of NATS is 1 MiB.
const PART: usize = 128 * 1024;
/// The timeout for the first, empty part.
const ACK_TIMEOUT: Duration = Duration::from_secs(2);
const MORE: u8 = b'+';
const LAST: u8 = b'.';

/// Handles requests of other nodes.
pub type NodeRpcHandler =
    Arc<dyn Fn(Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send>> + Send + Sync>;

/// Sends requests to other nodes.
#[derive(Clone)]
pub struct NodeRpcClient {
    pub(super) node: NodeId,
    pub(super) prefix: String,
    pub(super) client: watch::Receiver<Option<Client>>,
}

impl NodeRpcClient {
    /// This node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Calls another node. `None`: the node is gone, which is known at once, NATS is disconnected,
    /// or the call timed out.
    pub async fn call(&self, node: NodeId, request: Bytes, limit: Duration) -> Option<Bytes> {
        let client = self.client.borrow().clone()?;
        let response = call(&client, subject(&self.prefix, node), request);
        timeout(limit, response).await.ok()?
    }
}

/// The subject of the requests to a node.
pub(super) fn subject(prefix: &str, node: NodeId) -> String {
    format!("{prefix}.q.{node}")
}

async fn call(client: &Client, subject: String, request: Bytes) -> Option<Bytes> {
    let inbox = client.new_inbox();
    let mut parts = client.subscribe(inbox.clone()).await.ok()?;
    let sent = client.publish_with_reply(subject, inbox, request);
    sent.await.ok()?;
    let mut response = BytesMut::new();
    let mut next = timeout(ACK_TIMEOUT, parts.next()).await.ok()?;
    loop {
        let part = next?;
        // NATS itself reports that nobody is subscribed.
        if part.status.is_some() {
            return None;
        }
        let (mark, rest) = part.payload.split_first()?;
        response.extend_from_slice(rest);
        if *mark == LAST {
            return Some(response.freeze());
        }
        next = parts.next().await;
    }
}

/// Handles a request in a task of the hub.
pub(super) fn handle(hub: &Hub, client: &Client, handler: &NodeRpcHandler, request: Message) {
    let Some(reply) = request.reply else {
        return;
    };
    let (client, response) = (client.clone(), handler(request.payload));
    hub.spawn(async move {
        let ack = Bytes::from_static(&[MORE]);
        if client.publish(reply.clone(), ack).await.is_err() {
            return;
        }
        let response = response.await;
        let count = response.len().div_ceil(PART).max(1);
        for number in 0..count {
            let rest = &response[number * PART..];
            let mut part = BytesMut::with_capacity(PART + 1);
            part.put_u8(if number + 1 == count { LAST } else { MORE });
            part.put_slice(&rest[..rest.len().min(PART)]);
            // The caller has a timeout of its own.
            if client.publish(reply.clone(), part.freeze()).await.is_err() {
                return;
            }
        }
    });
}
