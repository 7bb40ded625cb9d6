//! The notes of one conversation, as far as this client has loaded them.

use deskbell_protocol::{Note, Seq, UnixMs};

use crate::timeline::{Received, Sync};

/// Notes from the first one, without a gap, and the state of their subscription.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    list: Vec<Note>,
    /// The highest number of any note that has arrived.
    highest_seq: Seq,
    pub(crate) sync: Sync,
    attempts: u32,
}

impl Notes {
    pub(crate) fn list(&self) -> &[Note] {
        &self.list
    }

    /// The number of the last note, from which a client resumes.
    pub(crate) fn last_seq(&self) -> Seq {
        self.list.last().map_or(0, |note| note.seq)
    }

    /// Adds a note if it is the next one.
    pub(crate) fn receive(&mut self, note: Note) -> Received {
        self.highest_seq = self.highest_seq.max(note.seq);
        let next = self.last_seq() + 1;
        if note.seq > next {
            return Received::Gap;
        }
        if note.seq == next {
            self.list.push(note);
            return Received::Next;
        }
        let index = usize::try_from(note.seq - 1).ok();
        match index.and_then(|index| self.list.get(index)) {
            Some(known) if known.client_id == note.client_id => Received::Known,
            _ => Received::Diverged,
        }
    }

    /// Whether notes are missing.
    pub(crate) fn has_gap(&self) -> bool {
        self.highest_seq > self.last_seq()
    }

    /// Records that all notes are here, and that new ones follow.
    pub(crate) fn follow(&mut self) {
        self.sync = Sync::Live;
        self.attempts = 0;
    }

    /// Pauses the subscription until that time.
    pub(crate) fn pause(&mut self, until: UnixMs) {
        self.sync = Sync::Paused { until };
        self.attempts += 1;
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }
}
