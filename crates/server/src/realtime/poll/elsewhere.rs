//! Forwarding of polls to the node that has their session.

use std::time::Duration;

use axum::body::Bytes;
use deskbell_base::error::{AppError, AppResult};
use deskbell_hub::NodeId;
use deskbell_hub::nats::NodeRpcClient;
use deskbell_protocol::{ErrorBody, limits};
use tokio_util::task::TaskTracker;

use super::cancellation::CancelOnDrop;
use super::wire::PollBody;
use super::{continue_here, ended};
use crate::realtime::state::Realtime;

/// The timeout of a forwarded poll: longer than the other node waits for something to send, and
/// shorter than a request may take.
const FORWARD_TIMEOUT: Duration = Duration::from_millis(limits::POLL_WAIT_MS as u64 + 5_000);
/// The first byte of an answer: the rest is the body of a success, or of an error.
const GOOD: u8 = b'1';
const REFUSED: u8 = b'0';

/// Forwards a poll to the node that has its session. If that node is gone, so is the session.
pub(super) async fn forward(
    (rpc, node): (NodeRpcClient, NodeId),
    tasks: &TaskTracker,
    mut poll: PollBody,
) -> AppResult<Bytes> {
    let guard = CancelOnDrop::new((rpc.clone(), node), tasks.clone(), poll.session.clone());
    poll.ticket = Some(guard.ticket.clone());
    let question = serde_json::to_vec(&poll).map_err(AppError::internal)?;
    drop(poll);
    let answer = rpc.call(node, question.into(), FORWARD_TIMEOUT).await;
    let answer = answer.ok_or_else(ended)?;
    guard.answered();
    match answer.first() {
        Some(&GOOD) => Ok(answer.slice(1..)),
        Some(&REFUSED) => {
            let refused: ErrorBody =
                serde_json::from_slice(&answer[1..]).map_err(AppError::internal)?;
            Err(AppError::from(refused))
        }
        _ => Err(ended()),
    }
}

/// Answers a poll that another node has forwarded.
pub(super) async fn answer(realtime: Realtime, question: Bytes) -> Bytes {
    let (mark, body) = match find_and_continue(&realtime, &question).await {
        Ok(answer) => (GOOD, answer),
        Err(error) => {
            error.log();
            (REFUSED, serde_json::to_vec(&error.body).unwrap_or_default())
        }
    };
    let mut answer = Vec::with_capacity(body.len() + 1);
    answer.push(mark);
    answer.extend(body);
    answer.into()
}

async fn find_and_continue(realtime: &Realtime, question: &[u8]) -> AppResult<Vec<u8>> {
    let mut poll: PollBody = serde_json::from_slice(question).map_err(AppError::internal)?;
    let session = poll.session.clone().ok_or_else(ended)?;
    let found = realtime.polls.find(&session);
    if let Some(ticket) = poll.cancel {
        found.ok_or_else(ended)?.cancellations.cancel(&ticket);
        return Ok(Vec::new());
    }
    let (Some(ticket), Some(found)) = (poll.ticket.take(), found) else {
        return continue_here(realtime, &session, poll).await;
    };
    let answer = tokio::select! {
        biased;
        () = found.cancellations.cancelled(&ticket) => Err(ended()),
        answer = continue_here(realtime, &session, poll) => answer,
    };
    found.cancellations.forget(&ticket);
    answer
}
