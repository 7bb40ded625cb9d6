//! A note in the thread: its author, its time, and its text with the mentions.

use deskbell_protocol::{NotePart, note_parts};
use leptos::prelude::*;

use crate::areas::inbox::timeline::NoteLine;
use crate::text::thread as text;
use crate::ui::icon::Icon;

#[component]
pub(super) fn NoteCard(line: NoteLine) -> impl IntoView {
    let NoteLine {
        note,
        author,
        clock,
    } = line;
    let part = |part: NotePart<'_>| match part {
        NotePart::Text(text) => view! { <span>{text.to_owned()}</span> }.into_any(),
        NotePart::Mention(name) => {
            view! { <strong class="note-mention">{name.to_owned()}</strong> }.into_any()
        }
    };
    view! {
        <div class="note" role="listitem">
            <div class="note-head">
                {Icon::Lock.small()}
                <span class="visually-hidden">{text::NOTE_BY}</span>
                <strong dir="auto">{author}</strong>
                <time>{clock}</time>
            </div>
            <div class="note-text" dir="auto">
                {note_parts(&note.text, &note.mentions).into_iter().map(part).collect_view()}
            </div>
        </div>
    }
}
