//! The outbox: unsent texts of a conversation, in the order in which they were written.

use std::sync::Arc;

use deskbell_protocol::{
    Body, ClientMessageId, ConversationId, ErrorBody, ErrorCode, Sender, Seq, UnixMs, UserId,
};

use crate::connection::backoff_after;
use crate::row::{Row, RowKey, RowState};

/// A text that the server has neither saved nor refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentText {
    /// The conversation; `None` if it starts one.
    pub conversation_id: Option<ConversationId>,
    /// Its id.
    pub client_id: ClientMessageId,
    /// The text.
    pub text: String,
}

/// The unsent texts of one conversation. One is sent at a time, which keeps their order whatever
/// happens to each.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    texts: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    client_id: ClientMessageId,
    text: String,
    sender: Sender,
    created_at: UnixMs,
    /// Agent: the teammate to whom the conversation was assigned when the text was written.
    assignee: Option<UserId>,
    attempts: u32,
    state: State,
}

/// A text to be sent now.
pub(crate) struct Outgoing {
    pub(crate) client_id: ClientMessageId,
    pub(crate) text: String,
    pub(crate) assignee: Option<UserId>,
}

#[derive(Debug)]
enum State {
    Queued,
    /// Refused for the moment.
    Paused {
        until: UnixMs,
    },
    Sending,
    /// Saved; the server's copy will replace it.
    Sent {
        seq: Seq,
    },
    Failed {
        error: Arc<ErrorBody>,
    },
}

impl Outbox {
    /// Adds a text. `assignee`: the teammate to whom an agent knows the conversation to be assigned.
    pub(crate) fn push(
        &mut self,
        client_id: ClientMessageId,
        text: String,
        sender: Sender,
        assignee: Option<UserId>,
        now: UnixMs,
    ) {
        let state = State::Queued;
        self.texts.push(Entry {
            client_id,
            text,
            sender,
            created_at: now,
            assignee,
            attempts: 0,
            state,
        });
    }

    /// Moves all texts of another outbox behind its own.
    pub(crate) fn append(&mut self, other: &mut Self) {
        self.texts.append(&mut other.texts);
    }

    /// Copies the texts that the server has neither saved nor refused for good.
    pub(crate) fn copy_unsent(
        &self,
        conversation_id: Option<ConversationId>,
        unsent: &mut Vec<UnsentText>,
    ) {
        for text in &self.texts {
            if text.is_pending() {
                unsent.push(UnsentText {
                    conversation_id,
                    client_id: text.client_id,
                    text: text.text.clone(),
                });
            }
        }
    }

    /// The text to send now, if any; it counts as sending from here on.
    pub(crate) fn take_next(&mut self, now: UnixMs) -> Option<Outgoing> {
        let next = self.texts.iter_mut().find(|text| text.is_pending())?;
        let is_ready = match next.state {
            State::Paused { until } => until <= now,
            ref state => matches!(state, State::Queued),
        };
        if !is_ready {
            return None;
        }
        next.state = State::Sending;
        Some(Outgoing {
            client_id: next.client_id,
            text: next.text.clone(),
            assignee: next.assignee,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Whether a text is being sent.
    pub(crate) fn is_sending(&self) -> bool {
        self.texts
            .iter()
            .any(|text| matches!(text.state, State::Sending))
    }

    /// When the next text may be sent, if it is paused.
    pub(crate) fn due(&self) -> Option<UnixMs> {
        match self.texts.iter().find(|text| text.is_pending())?.state {
            State::Paused { until } => Some(until),
            _ => None,
        }
    }

    pub(crate) fn contains(&self, client_id: ClientMessageId) -> bool {
        self.texts.iter().any(|text| text.client_id == client_id)
    }

    /// Marks a text as saved. It moves before those that are not saved.
    pub(crate) fn acknowledge(
        &mut self,
        client_id: ClientMessageId,
        seq: Seq,
        created_at: UnixMs,
    ) -> bool {
        let Some(index) = self.find(client_id) else {
            return false;
        };
        let mut text = self.texts.remove(index);
        if !matches!(text.state, State::Sent { .. }) {
            text.state = State::Sent { seq };
            text.created_at = created_at;
        }
        let saved = |other: &Entry| matches!(other.state, State::Sent { seq: s } if s < seq);
        let index = self.texts.iter().take_while(|other| saved(other)).count();
        self.texts.insert(index, text);
        true
    }

    /// Removes a text whose server copy is in the timeline.
    pub(crate) fn remove_saved(&mut self, client_id: ClientMessageId) -> bool {
        self.find(client_id)
            .map(|index| self.texts.remove(index))
            .is_some()
    }

    /// Removes the saved texts up to this number, whose server copies are in the timeline or before it.
    pub(crate) fn remove_saved_up_to(&mut self, last: Seq) {
        self.texts
            .retain(|text| !matches!(text.state, State::Sent { seq } if seq <= last));
    }

    /// Records a refusal: for the moment, or for good.
    pub(crate) fn refuse(
        &mut self,
        client_id: ClientMessageId,
        error: ErrorBody,
        now: UnixMs,
        random: u32,
    ) {
        let Some(index) = self.find(client_id) else {
            return;
        };
        let text = &mut self.texts[index];
        if !matches!(text.state, State::Sending) {
            return;
        }
        text.state = if error.code.is_temporary() || error.code == ErrorCode::TokenExpired {
            text.attempts += 1;
            State::Paused {
                until: now + backoff_after(&error, text.attempts - 1, random),
            }
        } else {
            State::Failed {
                error: Arc::new(error),
            }
        };
    }

    /// Marks a text as failed without sending it.
    pub(crate) fn fail(&mut self, client_id: ClientMessageId, error: ErrorBody) {
        if let Some(index) = self.find(client_id) {
            self.texts[index].state = State::Failed {
                error: Arc::new(error),
            };
        }
    }

    /// Sends a failed text again, after those that are queued; a paused one without a delay. A text that was
    /// refused because a teammate had claimed the conversation names that teammate when it is sent again.
    pub(crate) fn retry(&mut self, client_id: ClientMessageId) {
        let Some(index) = self.find(client_id) else {
            return;
        };
        match self.texts[index].state {
            State::Paused { .. } => self.texts[index].state = State::Queued,
            State::Failed { .. } => {
                let mut text = self.texts.remove(index);
                if let State::Failed { error } = &text.state
                    && let Some(winner) = &error.winner
                {
                    text.assignee = Some(winner.id);
                }
                text.state = State::Queued;
                text.attempts = 0;
                self.texts.push(text);
            }
            State::Queued | State::Sending | State::Sent { .. } => {}
        }
    }

    /// Discards a text, unless it is being sent or saved.
    pub(crate) fn discard(&mut self, client_id: ClientMessageId) {
        let is_in_progress =
            |text: &Entry| matches!(text.state, State::Sending | State::Sent { .. });
        self.texts
            .retain(|text| text.client_id != client_id || is_in_progress(text));
    }

    /// Removes the texts that were saved, by a server that may no longer have them.
    pub(crate) fn remove_sent(&mut self) {
        self.texts
            .retain(|text| !matches!(text.state, State::Sent { .. }));
    }

    /// Queues the texts again that were being sent, after a disconnect. Returns whether a row changes.
    pub(crate) fn disconnected(&mut self) -> bool {
        let mut changed = false;
        for text in self.texts.iter_mut().filter(|text| text.is_pending()) {
            changed |= matches!(text.state, State::Sending);
            text.state = State::Queued;
        }
        changed
    }

    /// Sets the sender of all texts.
    pub(crate) fn set_sender(&mut self, sender: &Sender) {
        for text in &mut self.texts {
            text.sender = sender.clone();
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row> {
        self.texts.iter().map(Entry::row)
    }

    fn find(&self, client_id: ClientMessageId) -> Option<usize> {
        self.texts
            .iter()
            .position(|text| text.client_id == client_id)
    }
}

impl Entry {
    fn is_pending(&self) -> bool {
        matches!(
            self.state,
            State::Queued | State::Paused { .. } | State::Sending
        )
    }

    fn row(&self) -> Row {
        let (seq, state) = match &self.state {
            State::Queued | State::Paused { .. } => (None, RowState::Queued),
            State::Sending => (None, RowState::Sending),
            State::Sent { seq } => (Some(*seq), RowState::Sent),
            State::Failed { error } => (
                None,
                RowState::Failed {
                    error: Arc::clone(error),
                },
            ),
        };
        Row {
            key: RowKey::Client(self.client_id),
            sender: self.sender.clone(),
            body: Body::Text {
                text: self.text.clone(),
            },
            created_at: self.created_at,
            seq,
            state,
        }
    }
}
