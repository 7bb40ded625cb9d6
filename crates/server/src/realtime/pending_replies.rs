//! Pending replies: messages of a client that are being saved. They are answered in the order of
//! the commands.

use std::collections::VecDeque;

use axum::body::Bytes;
use deskbell_base::error::AppResult;
use deskbell_protocol::Event;

use crate::ingest::message_writer::PendingWrite;
use crate::publish::encode_reply;

/// The maximum number of messages of a connection that are being saved; reading pauses at this
/// number.
const MOST: usize = 16;

/// The messages that are being saved, each with the number of its command.
#[derive(Default)]
pub(super) struct PendingReplies(VecDeque<(u32, PendingWrite)>);

impl PendingReplies {
    pub(super) fn has_room(&self) -> bool {
        self.0.len() < MOST
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, id: u32, saving: PendingWrite) {
        self.0.push_back((id, saving));
    }

    /// The next reply; waits forever if none is pending. Cancel-safe.
    pub(super) async fn next(&mut self) -> Bytes {
        let Some((id, saving)) = self.0.front_mut() else {
            return std::future::pending().await;
        };
        let answer = encode_answer(*id, saving.saved().await);
        self.0.pop_front();
        answer
    }

    /// The next reply, if it is ready.
    pub(super) fn try_next(&mut self) -> Option<Bytes> {
        let (id, saving) = self.0.front_mut()?;
        let answer = encode_answer(*id, saving.try_saved()?);
        self.0.pop_front();
        Some(answer)
    }
}

/// Encodes a reply. A session that waits for room in the transport holds these bytes and not the
/// event, which is ten times as large.
pub(super) fn encode_answer(id: u32, answer: AppResult<Event>) -> Bytes {
    let event = answer.unwrap_or_else(|error| {
        error.log();
        Event::Error { error: error.body }
    });
    encode_reply(id, event).into()
}
