//! Checks of notes: none that was shown is lost, every agent sees all, and no visitor sees one.

use std::collections::{BTreeMap, BTreeSet};

use deskbell_client::{Engine, Side};
use deskbell_protocol::{ClientMessageId, ConversationId, Note};

/// The notes of a workspace, by conversation.
pub type Notes = BTreeMap<ConversationId, Vec<Note>>;

/// The notes that a client has shown. They were acknowledged, so none of them may be lost.
#[derive(Default)]
pub struct ShownNotes(BTreeSet<(ConversationId, ClientMessageId)>);

impl ShownNotes {
    /// Records the notes that are shown in a conversation.
    pub fn record(&mut self, engine: &Engine, id: ConversationId) {
        let shown = engine.notes(id).iter();
        self.0.extend(shown.map(|note| (id, note.client_id)));
    }

    /// Checks that the database has all of them.
    pub fn check(&self, notes: &Notes, name: &str, found: &mut Vec<String>) {
        for (id, client_id) in &self.0 {
            let saved = notes.get(id).map_or(&[][..], Vec::as_slice);
            if !saved.iter().any(|note| note.client_id == *client_id) {
                found.push(format!("{name} was shown note {client_id}, which is lost"));
            }
        }
    }
}

/// Checks that the numbers of notes are dense, and that each text was saved once.
pub fn check_saved(notes: &Notes, found: &mut Vec<String>) {
    let mut texts = BTreeSet::new();
    for (id, notes) in notes {
        let numbers = notes.iter().map(|note| note.seq);
        if !numbers.eq((1..).take(notes.len())) {
            found.push(format!("{id}: the numbers of its notes are not dense"));
        }
        for note in notes {
            if !texts.insert(&note.text) {
                found.push(format!("note “{}” is saved twice", note.text));
            }
        }
    }
}

/// Checks what a client shows of a conversation that it follows.
pub fn check_view(
    notes: &Notes,
    engine: &Engine,
    id: ConversationId,
    name: &str,
    side: Side,
    found: &mut Vec<String>,
) {
    let (shown, saved) = (engine.notes(id), notes.get(&id));
    let saved = saved.map_or(&[][..], Vec::as_slice);
    match side {
        Side::Visitor if !shown.is_empty() => {
            found.push(format!("{name} sees notes of conversation {id}"));
        }
        Side::Agent if shown != saved => {
            let (shown, saved) = (shown.len(), saved.len());
            found.push(format!(
                "{name} shows {shown} notes in conversation {id}, not the {saved} of the database"
            ));
        }
        Side::Visitor | Side::Agent => {}
    }
}
