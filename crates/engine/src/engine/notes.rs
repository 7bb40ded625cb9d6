//! Notes of open conversations: they are loaded and followed beside the messages.

use deskbell_protocol::{Command, ConversationId, ErrorBody, Note, Seq};

use super::Engine;
use super::context::Context;
use crate::connection::backoff_after;
use crate::input::Side;
use crate::requests::Purpose;
use crate::timeline::{Received, Sync};

impl Engine {
    /// Agent: the notes of a conversation that was opened, in order.
    pub fn notes(&self, id: ConversationId) -> &[Note] {
        let timeline = self.timelines.get(id);
        timeline.map_or(&[], |timeline| timeline.notes.list())
    }

    /// Agent: whether all notes of a conversation are here, and new ones follow.
    pub fn has_notes(&self, id: ConversationId) -> bool {
        let timeline = self.timelines.get(id);
        timeline.is_some_and(|timeline| timeline.notes.sync == Sync::Live)
    }

    /// Subscribes to the notes of a conversation whose messages are followed now.
    pub(super) fn resume_notes(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let timeline = self.timelines.get(id);
        let is_ended =
            timeline.is_some_and(|it| matches!(it.notes.sync, Sync::Off | Sync::Refused));
        if is_ended && self.side == Side::Agent {
            self.subscribe_notes(id, cx);
        }
    }

    /// Subscribes to the notes after the last one that is here.
    fn subscribe_notes(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let notes = &mut timeline.notes;
        // On a new connection our last note is requested once more: if another one comes in its place, or
        // none, the server was restored from a backup.
        let overlap = Seq::from(notes.sync == Sync::Off);
        notes.sync = Sync::Requested;
        let after = (notes.last_seq() - overlap).max(0);
        let command = Command::SubscribeNotes {
            conversation_id: id,
            after: (after > 0).then_some(after),
        };
        self.request(Purpose::Notes(id, after), command, cx);
    }

    /// Applies the answer to a subscription.
    pub(super) fn apply_notes(
        &mut self,
        id: ConversationId,
        notes: Vec<Note>,
        more: bool,
        after: Seq,
        cx: &mut Context<'_>,
    ) {
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let ours = &mut timeline.notes;
        let is_missing = notes.is_empty() && ours.last_seq() > after;
        let mut notes = notes.into_iter();
        let has_diverged = is_missing || notes.any(|it| ours.receive(it) == Received::Diverged);
        // A note whose event has overtaken the answer is requested, as long as there is progress.
        let is_incomplete = more || ours.has_gap() && ours.last_seq() > after;
        // The conversation may have been left in the meantime.
        let is_followed = ours.sync != Sync::Off;
        if is_followed && !is_incomplete {
            ours.follow();
        }
        self.changed_timeline(id, cx);
        if has_diverged {
            self.reload_notes(id, cx);
        } else if is_followed && is_incomplete {
            self.subscribe_notes(id, cx);
        }
    }

    /// Applies a note that was written.
    pub(super) fn note_created(&mut self, note: Note, cx: &mut Context<'_>) {
        let id = note.conversation_id;
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let is_live = timeline.notes.sync == Sync::Live;
        match timeline.notes.receive(note) {
            Received::Next => self.changed_timeline(id, cx),
            Received::Gap if is_live => self.subscribe_notes(id, cx),
            Received::Diverged if is_live => self.reload_notes(id, cx),
            Received::Known | Received::Gap | Received::Diverged => {}
        }
    }

    /// Loads the notes of a conversation again: the server was restored from a backup.
    fn reload_notes(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let Some(timeline) = self.timelines.get_mut(id) else {
            return;
        };
        let before = std::mem::take(&mut timeline.notes);
        self.changed_timeline(id, cx);
        if before.sync != Sync::Off {
            self.subscribe_notes(id, cx);
        }
    }

    /// Handles the refusal of a subscription. A server of an earlier version does not know it.
    pub(super) fn refused_notes(
        &mut self,
        id: ConversationId,
        error: &ErrorBody,
        cx: &mut Context<'_>,
    ) {
        let random = cx.random_u32();
        if let Some(timeline) = self.timelines.get_mut(id) {
            let notes = &mut timeline.notes;
            if error.code.is_temporary() {
                let backoff = backoff_after(error, notes.attempts(), random);
                notes.pause(cx.now + backoff);
            } else {
                notes.sync = Sync::Refused;
            }
        }
    }

    /// Subscribes again after a pause.
    pub(super) fn retry_notes(&mut self, id: ConversationId, cx: &mut Context<'_>) {
        let sync = self.timelines.get(id).map(|timeline| timeline.notes.sync);
        if let Some(Sync::Paused { until }) = sync
            && until <= cx.now
        {
            self.subscribe_notes(id, cx);
        }
    }
}
