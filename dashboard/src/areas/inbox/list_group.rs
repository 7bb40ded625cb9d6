//! A group of the list: its heading with a count, and its rows.

use deskbell_protocol::ConversationId;
use leptos::prelude::*;

use crate::areas::inbox::freeze_list::FreezeList;
use crate::areas::inbox::groups::{GroupKind, count};
use crate::areas::inbox::inbox_store::use_inbox;

#[component]
pub(crate) fn ListGroup<F, V>(
    kind: GroupKind,
    list: Memo<FreezeList>,
    /// Draws a conversation.
    row: F,
) -> impl IntoView
where
    F: Fn(ConversationId) -> V + Clone + Send + 'static,
    V: IntoView + 'static,
{
    let inbox = use_inbox();
    let ids = Memo::new(move |_| {
        list.with(|list| {
            let group = list.shown.iter().find(|group| group.kind == kind);
            group.map(|group| group.ids.clone()).unwrap_or_default()
        })
    });
    let count = Memo::new(move |_| {
        let has_more = inbox.next_cursor.with(Option::is_some);
        inbox
            .listed
            .with(|rows| count(kind, rows, inbox.queue.get(), has_more))
    });
    view! {
        <div role="group" aria-label=kind.title()>
            <div class="list-group-head" data-group=kind.word() role="presentation">
                {kind.title()} " " <span prop:textContent=count></span>
            </div>
            <For each=move || ids.get() key=|id| *id children=row/>
        </div>
    }
}
