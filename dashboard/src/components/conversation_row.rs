//! A conversation in the list: two lines.

use deskbell_protocol::{Conversation, Status};
use leptos::prelude::*;

use crate::components::avatar::Avatar;
use crate::components::icon::Icon;
use crate::state::browser::local_ms;
use crate::state::clock::use_clock;
use crate::state::desk::use_desk;
use crate::state::format;
use crate::state::signs::Signs;
use crate::state::words::is_only_said;

#[component]
pub(crate) fn ConversationRow(
    #[prop(into)] conversation: Signal<Conversation>,
    #[prop(into)] signs: Signal<Signs>,
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
    let only_said = Memo::new(move |_| conversation.with(|row| is_only_said(&row.visitor)));
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
    let unread = Memo::new(move |_| {
        let is_open = conversation.with(|row| row.status.is_open());
        signs.with(|signs| if is_open { signs.unread } else { 0 })
    });
    let types = Memo::new(move |_| signs.with(|signs| signs.visitor_types));
    let presence = Memo::new(move |_| {
        signs.with(|signs| signs.visitor.map(|visitor| visitor.online)) == Some(true)
    });
    let colleagues = Memo::new(move |_| signs.with(Signs::colleagues));
    let label = move || {
        let what = if waits.get() { "waiting " } else { "" };
        let news = match unread.get() {
            0 => String::new(),
            1 => ", 1 new message".to_owned(),
            n => format!(", {n} new messages"),
        };
        let said = if only_said.get() {
            ", not verified"
        } else {
            ""
        };
        format!(
            "{}{said}, {what}{}{news}: {}",
            name.get(),
            time.get(),
            preview()
        )
    };
    view! {
        <div
            class="conversation-row"
            id=format!("row-{}", first.id)
            role="option"
            tabindex=move || if reachable.get() { "0" } else { "-1" }
            aria-selected=move || selected.get().to_string()
            aria-label=label
            data-unread=move || (unread.get() > 0).to_string()
            data-done=move || (!conversation.with(|row| row.status.is_open())).to_string()
            on:click=move |_| on_open.run(())
        >
            <span class="row-face" data-online=move || presence.get().to_string()>
                {move || view! { <Avatar id=first.visitor.id.0 name=name.get()/> }}
            </span>
            <div>
                <div class="row-line">
                    <span class="row-name">{name}</span>
                    {move || only_said.get().then(|| view! {
                        <span class="row-unproven" title="Nobody has proven that this is their name.">"not verified"</span>
                    })}
                    <time class="row-time" data-waiting=move || waits.get().to_string()>{time}</time>
                </div>
                <div class="row-line">
                    {move || match types.get() {
                        true => view! { <span class="row-preview row-typing">"typing…"</span> }.into_any(),
                        false => view! { <span class="row-preview">{preview}</span> }.into_any(),
                    }}
                    {move || Some(colleagues.get()).filter(|words| !words.is_empty()).map(|words| view! {
                        <span class="row-colleagues" title=words>{Icon::Eye.small()}</span>
                    })}
                    {move || (unread.get() > 0).then(|| view! {
                        <span class="row-unread">{unread.get().min(99)}</span>
                    })}
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
