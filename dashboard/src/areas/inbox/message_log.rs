//! A live region with the messages and notes that arrive while a conversation is open. Older ones that are
//! loaded later are not in it, so that a screen reader does not read them all.

use std::collections::VecDeque;

use deskbell_engine::Row;
use deskbell_protocol::{Body, Sender, Seq};
use leptos::prelude::*;

use crate::areas::inbox::inbox_store::use_inbox;
use crate::shell::labels::visitor_label;
use crate::text::thread as text;

/// The maximum number of lines in the region; older ones have been announced and are removed.
const LINES: usize = 10;

#[component]
pub(crate) fn MessageLog() -> impl IntoView {
    let inbox = use_inbox();
    let me = inbox.me().user_id;
    // Messages and notes have numbers of their own.
    let lines = RwSignal::new(VecDeque::<((bool, Seq), String)>::new());
    let say = move |spoken: Vec<((bool, Seq), String)>| {
        if !spoken.is_empty() {
            lines.update(|lines| {
                lines.extend(spoken);
                let excess = lines.len().saturating_sub(LINES);
                lines.drain(..excess);
            });
        }
    };
    Effect::new(move |before: Option<Option<usize>>| {
        inbox.thread.with(|thread| {
            let notes = &thread.notes;
            if let Some(before) = before.flatten() {
                let new = notes
                    .iter()
                    .skip(before)
                    .filter(|note| note.author.id != me);
                let spoken = new.map(|note| {
                    let line = text::spoken_note(&note.author.name, &note.text);
                    ((true, note.seq), line)
                });
                say(spoken.collect());
            }
            thread.has_notes.then_some(notes.len()).or(before.flatten())
        })
    });
    Effect::new(move |before: Option<Option<Seq>>| {
        let before = before.flatten();
        inbox.thread.with(|thread| {
            let newest = thread.rows.iter().rev().find_map(|row| row.seq);
            let Some(before) = before else {
                return newest.filter(|_| thread.is_loaded);
            };
            let is_new = |row: &&Row| row.seq.is_some_and(|seq| seq > before);
            let new = thread.rows.iter().filter(is_new);
            let spoken: Vec<_> = new
                .filter_map(|row| Some(((false, row.seq?), speak(row, me)?)))
                .collect();
            say(spoken);
            newest.or(Some(before))
        })
    });
    view! {
        <div class="visually-hidden" role="log" aria-label=text::NEW_MESSAGES_LOG>
            <For each=move || lines.get() key=|(key, _)| *key let((_, line))>
                <p>{line}</p>
            </For>
        </div>
    }
}

/// The message of another author in one line; `None` for our own.
fn speak(row: &Row, me: deskbell_protocol::UserId) -> Option<String> {
    let Body::Text { text: words } = &row.body else {
        return None;
    };
    let author = match &row.sender {
        Sender::Agent { id, .. } if *id == me => return None,
        Sender::Agent { name, .. } => name.clone(),
        Sender::Visitor { id, name } => visitor_label(id.0, name),
        Sender::System | Sender::Unknown => return None,
    };
    Some(text::spoken(&author, words))
}
