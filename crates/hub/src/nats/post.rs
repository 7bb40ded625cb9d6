//! Questions to one other node, and their answers.
//!
//! An answer may be larger than what NATS takes at once: it travels in parts, and a byte before each
//! says whether it is the last. The first is empty and comes at once: a node that has just died can
//! still be known to NATS, and a question to it would be waited for in vain.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, Message};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::packet::NodeId;

/// NATS takes 1 MiB if it is not told otherwise.
const PART: usize = 128 * 1024;
/// A node that is there says so within this time.
const PROMPT: Duration = Duration::from_secs(2);
const MORE: u8 = b'+';
const LAST: u8 = b'.';

/// Answers what other nodes ask.
pub type Answerer = Arc<dyn Fn(Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send>> + Send + Sync>;

/// Takes questions to other nodes.
#[derive(Clone)]
pub struct Post {
    pub(super) node: NodeId,
    pub(super) prefix: String,
    pub(super) client: watch::Receiver<Option<Client>>,
}

impl Post {
    /// This node.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Another node's answer. `None`: it is gone, which is known at once, or NATS is away, or
    /// nothing came in time.
    pub async fn ask(&self, node: NodeId, question: Bytes, patience: Duration) -> Option<Bytes> {
        let client = self.client.borrow().clone()?;
        let answer = ask(&client, subject(&self.prefix, node), question);
        timeout(patience, answer).await.ok()?
    }
}

/// Where a node is asked.
pub(super) fn subject(prefix: &str, node: NodeId) -> String {
    format!("{prefix}.q.{node}")
}

async fn ask(client: &Client, subject: String, question: Bytes) -> Option<Bytes> {
    let inbox = client.new_inbox();
    let mut parts = client.subscribe(inbox.clone()).await.ok()?;
    let asked = client.publish_with_reply(subject, inbox, question);
    asked.await.ok()?;
    let mut answer = BytesMut::new();
    let mut next = timeout(PROMPT, parts.next()).await.ok()?;
    loop {
        let part = next?;
        // NATS itself says that nobody listens there.
        if part.status.is_some() {
            return None;
        }
        let (mark, rest) = part.payload.split_first()?;
        answer.extend_from_slice(rest);
        if *mark == LAST {
            return Some(answer.freeze());
        }
        next = parts.next().await;
    }
}

/// Answers a question in its own time.
pub(super) fn answer(client: &Client, answerer: &Answerer, question: Message) {
    let Some(reply) = question.reply else {
        return;
    };
    let (client, answer) = (client.clone(), answerer(question.payload));
    tokio::spawn(async move {
        let here = Bytes::from_static(&[MORE]);
        if client.publish(reply.clone(), here).await.is_err() {
            return;
        }
        let answer = answer.await;
        let count = answer.len().div_ceil(PART).max(1);
        for number in 0..count {
            let rest = &answer[number * PART..];
            let mut part = BytesMut::with_capacity(PART + 1);
            part.put_u8(if number + 1 == count { LAST } else { MORE });
            part.put_slice(&rest[..rest.len().min(PART)]);
            // Whoever asked gives up by themselves.
            if client.publish(reply.clone(), part.freeze()).await.is_err() {
                return;
            }
        }
    });
}
