//! A conversation in the list: two lines.

use deskbell_protocol::{Conversation, Status};
use leptos::prelude::*;

use crate::components::avatar::Avatar;
use crate::state::browser::local_ms;
use crate::state::clock::use_clock;
use crate::state::desk::use_desk;
use crate::state::format;

#[component]
pub(crate) fn ConversationRow(
    #[prop(into)] conversation: Signal<Conversation>,
    #[prop(into)] unread: Signal<bool>,
    #[prop(into)] selected: Signal<bool>,
    /// Whether Tab reaches this row; the arrows reach the others.
    #[prop(into)]
    reachable: Signal<bool>,
    on_open: Callback<()>,
) -> impl IntoView {
    let clock = use_clock();
    let me = use_desk().me().user_id;
    let first = conversation.get_untracked();
    let name = Memo::new(move |_| conversation.with(|row| row.visitor.name.clone()));
    let waits = Memo::new(move |_| conversation.with(|row| row.status == Status::Waiting));
    let time = Memo::new(move |_| {
        let now = clock.now();
        conversation.with(|row| match row.waiting_since {
            Some(since) if row.status == Status::Waiting => format::wait(since, now),
            _ => format::ago(local_ms(row.last_message_at), local_ms(now)),
        })
    });
    let preview = move || {
        conversation.with(
            |row| match row.assignee.as_ref().filter(|_| row.preview_by_agent) {
                Some(agent) if agent.id == me => format!("You: {}", row.preview),
                Some(agent) => format!(
                    "{}: {}",
                    agent.name.split(' ').next().unwrap_or_default(),
                    row.preview
                ),
                None => row.preview.clone(),
            },
        )
    };
    let label = move || {
        let what = if waits.get() { "waiting " } else { "" };
        let news = if unread.get() { ", new messages" } else { "" };
        format!("{}, {what}{}{news}: {}", name.get(), time.get(), preview())
    };
    view! {
        <div
            class="conversation-row"
            id=format!("row-{}", first.id)
            role="option"
            tabindex=move || if reachable.get() { "0" } else { "-1" }
            aria-selected=move || selected.get().to_string()
            aria-label=label
            data-unread=move || unread.get().to_string()
            data-done=move || (!conversation.with(|row| row.status.is_open())).to_string()
            on:click=move |_| on_open.run(())
        >
            {move || view! { <Avatar id=first.visitor.id.0 name=name.get()/> }}
            <div>
                <div class="row-line">
                    <span class="row-name">{name}</span>
                    <time class="row-time" data-waiting=move || waits.get().to_string()>{time}</time>
                </div>
                <div class="row-line">
                    <span class="row-preview">{preview}</span>
                    <span
                        class="row-site"
                        title=first.site.name.clone()
                        style=("--hue", format::hue(first.site.id.0).to_string())
                    ></span>
                </div>
            </div>
        </div>
    }
}
