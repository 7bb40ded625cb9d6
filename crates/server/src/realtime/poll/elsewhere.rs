//! Polls that reach another node than the one that has their session.

use std::time::Duration;

use axum::body::Bytes;
use deskbell_domain::error::{AppError, AppResult};
use deskbell_hub::NodeId;
use deskbell_hub::nats::Post;
use deskbell_protocol::api::poll::Poll;
use deskbell_protocol::{ErrorBody, limits};

use super::{ended, go_on};
use crate::realtime::state::Realtime;

/// Longer than the other node waits for something to say, and shorter than a request may take.
const PATIENCE: Duration = Duration::from_millis(limits::POLL_WAIT_MS as u64 + 5_000);
/// The first byte of an answer: what follows is the body of a good one, or of an error.
const GOOD: u8 = b'1';
const REFUSED: u8 = b'0';

/// Has a poll answered by the node that has its session. If that is gone, so is the session.
pub(super) async fn carry(post: &Post, node: NodeId, poll: &Poll) -> AppResult<Bytes> {
    let question = serde_json::to_vec(poll).map_err(AppError::internal)?;
    let answer = post.ask(node, question.into(), PATIENCE).await;
    let answer = answer.ok_or_else(ended)?;
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

/// The answer to another node's question.
pub(super) async fn answer(realtime: Realtime, question: Bytes) -> Bytes {
    let (mark, body) = match find_and_go_on(&realtime, &question).await {
        Ok(answer) => (GOOD, serde_json::to_vec(&answer)),
        Err(error) => {
            error.log();
            (REFUSED, serde_json::to_vec(&error.body))
        }
    };
    let mut answer = vec![mark];
    answer.extend(body.unwrap_or_default());
    answer.into()
}

async fn find_and_go_on(realtime: &Realtime, question: &[u8]) -> AppResult<super::Answer> {
    let poll: Poll = serde_json::from_slice(question).map_err(AppError::internal)?;
    let session = poll.session.clone().ok_or_else(ended)?;
    let ends = realtime.polls.find(&session).ok_or_else(ended)?;
    go_on(realtime, session, &ends, poll).await
}
