//! What a client has said and is being saved: answered in the order in which it was said.

use std::collections::VecDeque;

use axum::body::Bytes;
use deskbell_domain::error::AppResult;
use deskbell_protocol::Event;

use crate::ingest::message_writer::PendingWrite;
use crate::publish::encode_reply;

/// So many of a connection's messages are saved at the same time; it is read on when there are fewer.
const MOST: usize = 16;

/// The messages under way, each with the number to answer under.
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

    /// The next answer; never, if none is due. Safe to be dropped while it waits.
    pub(super) async fn next(&mut self) -> Bytes {
        let Some((id, saving)) = self.0.front_mut() else {
            return std::future::pending().await;
        };
        let answer = encode_answer(*id, saving.saved().await);
        self.0.pop_front();
        answer
    }

    /// The next answer if it is there already.
    pub(super) fn try_next(&mut self) -> Option<Bytes> {
        let (id, saving) = self.0.front_mut()?;
        let answer = encode_answer(*id, saving.try_saved()?);
        self.0.pop_front();
        Some(answer)
    }
}

/// An answer as it goes over the socket. Waiting for room there, a session holds this and not the
/// event, which is ten times as large.
pub(super) fn encode_answer(id: u32, answer: AppResult<Event>) -> Bytes {
    let event = answer.unwrap_or_else(|error| {
        error.log();
        Event::Error { error: error.body }
    });
    encode_reply(id, event).into()
}
