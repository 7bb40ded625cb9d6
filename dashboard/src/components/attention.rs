//! The quiet line above the reply: who is writing, and which colleagues are here, too.

use deskbell_protocol::ConversationId;
use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::state::desk::use_desk;
use crate::state::signs::Signs;

/// Keeps its height when there is nothing to say, so that nothing moves.
#[component]
pub(crate) fn Attention(id: ConversationId) -> impl IntoView {
    let desk = use_desk();
    let signs = desk.signs_of(id);
    let visitor = Memo::new(move |_| {
        let types = signs.with(|signs| signs.visitor_types);
        desk.thread.with(|thread| {
            let conversation = thread.conversation.as_ref().filter(|_| types)?;
            Some(format!("{} is typing…", conversation.visitor.name))
        })
    });
    let colleagues = Memo::new(move |_| signs.with(Signs::colleagues));
    let replies = Memo::new(move |_| signs.with(|signs| !signs.replying.is_empty()));
    view! {
        <div class="attention">
            <span class="attention-visitor" role="status">{visitor}</span>
            <span class="attention-colleagues" role="status" data-replies=move || replies.get().to_string()>
                {move || (!colleagues.with(String::is_empty)).then(|| Icon::Eye.small())}
                {colleagues}
            </span>
        </div>
    }
}
