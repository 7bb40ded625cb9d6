//! The line above the composer: whether the visitor is typing, and which teammates are here.

use leptos::prelude::*;

use crate::areas::inbox::activity_badges::ActivityBadges;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::shell::labels::visitor_label;
use crate::text::thread as text;
use crate::ui::icon::Icon;

/// The activity line. An empty one has the same height, so that nothing moves.
#[component]
pub(crate) fn ActivityLine() -> impl IntoView {
    let inbox = use_inbox();
    let badges = Memo::new(move |_| inbox.shown(inbox.open_badges.get()));
    let visitor = Memo::new(move |_| {
        let is_typing = badges.with(|badges| badges.visitor_is_typing);
        let name = inbox.thread.with(|thread| {
            let conversation = thread.conversation.as_ref().filter(|_| is_typing)?;
            let visitor = &conversation.visitor;
            Some(text::is_typing(&visitor_label(visitor.id.0, &visitor.name)))
        });
        name.unwrap_or_default()
    });
    let teammates = Memo::new(move |_| badges.with(ActivityBadges::teammates));
    let is_replying = Memo::new(move |_| badges.with(|badges| !badges.replying.is_empty()));
    view! {
        <div class="activity-line">
            <span class="activity-visitor" role="status" dir="auto" prop:textContent=visitor></span>
            <span class="activity-teammates" role="status" data-replies=move || is_replying.get().to_string()>
                {move || (!teammates.with(String::is_empty)).then(|| Icon::Eye.small())}
                <span dir="auto" prop:textContent=teammates></span>
            </span>
        </div>
    }
}
