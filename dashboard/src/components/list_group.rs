//! A group of the list: its name, how many stand in it, and those that are here.

use deskbell_protocol::ConversationId;
use leptos::prelude::*;

use crate::state::desk::use_desk;
use crate::state::groups::{GroupKind, count};
use crate::state::held::Held;

#[component]
pub(crate) fn ListGroup<F, V>(
    kind: GroupKind,
    held: Memo<Held>,
    /// Draws a conversation.
    row: F,
) -> impl IntoView
where
    F: Fn(ConversationId) -> V + Clone + Send + 'static,
    V: IntoView + 'static,
{
    let desk = use_desk();
    let me = desk.me().user_id;
    let ids = Memo::new(move |_| {
        held.with(|held| {
            let group = held.shown.iter().find(|group| group.kind == kind);
            group.map(|group| group.ids.clone()).unwrap_or_default()
        })
    });
    let count = Memo::new(move |_| {
        let has_more = desk.next_cursor.with(Option::is_some);
        desk.rows
            .with(|rows| count(kind, rows, me, desk.queue.get(), has_more))
    });
    view! {
        <div role="group" aria-label=kind.title()>
            <div class="list-group-head" data-group=kind.word() role="presentation">
                {kind.title()} <span>{count}</span>
            </div>
            <For each=move || ids.get() key=|id| *id children=row/>
        </div>
    }
}
