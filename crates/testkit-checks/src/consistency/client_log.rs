//! The log of one client: the texts that it sent, and the position at which each was shown as saved.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use deskbell_client::{Connection, Effect, Engine, RowKey, RowState};
use deskbell_protocol::{Body, ConversationId, ErrorCode, Position, Seq};

use super::notes::ShownNotes;

pub struct ClientLog {
    pub name: String,
    /// All texts in the order of sending; each is unique.
    pub sent: Vec<SentText>,
    /// Where each text was shown as saved.
    pub saved: HashMap<String, SavedAt>,
    pub reconnects: u64,
    /// A text that was refused and retried is sent after those that were written in the meantime.
    pub has_retried: bool,
    pub notes: ShownNotes,
    pub violations: Vec<String>,
    is_live: bool,
    inbox_at: Option<Position>,
    recorded_up_to: HashMap<ConversationId, Seq>,
}

pub struct SentText {
    /// The conversation; `None` for a visitor, whose client chooses it.
    pub conversation_id: Option<ConversationId>,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedAt {
    pub conversation_id: ConversationId,
    pub seq: Option<Seq>,
    pub key: RowKey,
}

/// A log is consistent even if a panic has poisoned its lock.
pub fn lock(log: &Mutex<ClientLog>) -> MutexGuard<'_, ClientLog> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ClientLog {
    pub fn new(name: String) -> Self {
        Self {
            name,
            sent: Vec::new(),
            saved: HashMap::new(),
            reconnects: 0,
            has_retried: false,
            notes: ShownNotes::default(),
            violations: Vec::new(),
            is_live: false,
            inbox_at: None,
            recorded_up_to: HashMap::new(),
        }
    }

    /// The next text to send.
    pub fn next_text(&mut self, conversation_id: Option<ConversationId>) -> String {
        let text = format!("{} #{}", self.name, self.sent.len() + 1);
        self.sent.push(SentText {
            conversation_id,
            text: text.clone(),
        });
        text
    }

    /// The number of texts that are not known to be saved.
    pub fn unsaved(&self) -> usize {
        self.sent.len() - self.saved.len()
    }

    pub fn record_connection(&mut self, connection: Connection) {
        let is_live = matches!(connection, Connection::Live | Connection::Unresponsive);
        if is_live && !std::mem::replace(&mut self.is_live, is_live) {
            self.reconnects += 1;
        }
        self.is_live = is_live;
        if let Connection::Stopped { code } = connection {
            self.add_violation(format!("the client gave up with close code {code}"));
        }
    }

    /// Records the position of the inbox, which must not decrease.
    pub fn record_inbox(&mut self, engine: &Engine) {
        let now = engine.inbox().position();
        if let Some(before) = self.inbox_at.filter(|before| now < Some(*before)) {
            self.add_violation(format!("the inbox went back from {before} to {now:?}"));
        }
        self.inbox_at = now;
    }

    /// Records a refusal that no client may get, because it has done nothing wrong.
    pub fn record_refusal(&mut self, effect: &Effect) {
        if let Effect::Refused {
            action: action @ ("open" | "inbox"),
            error,
            ..
        } = effect
        {
            self.add_violation(format!("{action} was refused: {error:?}"));
        }
    }

    /// Records the new messages that are shown in a conversation.
    pub fn record_timeline(&mut self, engine: &Engine, id: ConversationId) {
        let Some(timeline) = engine.timeline(id) else {
            return;
        };
        self.notes.record(engine, id);
        for row in timeline.unsettled() {
            match (row.state, row.body) {
                (RowState::Sent, Body::Text { text }) => {
                    self.record_saved(text, id, row.seq, row.key)
                }
                (RowState::Failed { error }, Body::Text { text })
                    if error.code != ErrorCode::AlreadyClaimed =>
                {
                    self.add_violation(format!("“{text}” was refused: {error:?}"));
                }
                _ => {}
            }
        }
        let prefix = format!("{} #", self.name);
        let before = self.recorded_up_to.get(&id).copied().unwrap_or(0);
        let new = timeline.messages().iter().rev();
        for message in new.take_while(|message| message.seq > before) {
            if let Body::Text { text } = &message.body
                && text.starts_with(&prefix)
            {
                self.record_saved(text.clone(), id, Some(message.seq), RowKey::of(message));
            }
        }
        self.recorded_up_to
            .insert(id, timeline.last_seq().unwrap_or(0));
    }

    fn record_saved(
        &mut self,
        text: String,
        conversation_id: ConversationId,
        seq: Option<Seq>,
        key: RowKey,
    ) {
        let saved_at = SavedAt {
            conversation_id,
            seq,
            key,
        };
        match self.saved.get(&text) {
            Some(before) if *before == saved_at => {}
            Some(before) => {
                self.add_violation(format!("“{text}” moved from {before:?} to {saved_at:?}"))
            }
            None => {
                self.saved.insert(text, saved_at);
            }
        }
    }

    fn add_violation(&mut self, what: String) {
        let what = format!("{}: {what}", self.name);
        if !self.violations.contains(&what) {
            self.violations.push(what);
        }
    }
}
