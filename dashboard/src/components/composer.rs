//! Where the agent writes. What is written is kept, whatever happens.

use deskbell_engine::{Action, Connection};
use deskbell_protocol::limits::TEXT_CHARS;
use deskbell_protocol::{ConversationId, Status};
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

use crate::components::attention::Attention;
use crate::components::icon::Icon;
use crate::state::desk::use_desk;
use crate::state::drafts::Drafts;

pub(crate) const COMPOSER_ID: &str = "composer-text";

/// Why nothing can be written, if so.
fn blocked(status: Option<Status>) -> Option<&'static str> {
    match status {
        Some(Status::Waiting) => Some("Claim this conversation to reply."),
        Some(Status::Resolved) => Some("Resolved. Reopen it to write again."),
        Some(Status::Closed) => Some("This conversation is closed. It can be read, not answered."),
        _ => None,
    }
}

#[component]
pub(crate) fn Composer(id: ConversationId, drafts: Drafts) -> impl IntoView {
    let desk = use_desk();
    let status = Memo::new(move |_| {
        desk.thread.with(|thread| {
            thread
                .conversation
                .as_ref()
                .map(|conversation| conversation.status)
        })
    });
    view! {
        <div class="composer">
            <Attention id/>
            {move || match blocked(status.get()) {
                Some(reason) => view! {
                    <div class="composer-closed">
                        {(status.get() == Some(Status::Closed)).then(|| Icon::Lock.small())} <span>{reason}</span>
                    </div>
                }.into_any(),
                None => view! { <Writing id drafts/> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Writing(id: ConversationId, drafts: Drafts) -> impl IntoView {
    let desk = use_desk();
    let area = NodeRef::<Textarea>::new();
    let text = RwSignal::new(drafts.find(id).unwrap_or_default());
    let chars = Memo::new(move |_| text.with(|text| text.trim().chars().count()));
    let is_over = move || chars.get() > TEXT_CHARS;
    let unsent = Memo::new(move |_| desk.thread.with(|thread| thread.unsent()));
    let is_live = Memo::new(move |_| {
        desk.connection
            .with(|connection| matches!(connection, Connection::Live))
    });

    Effect::new(move || text.with(|text| drafts.set(id, text)));
    let send = move || {
        let words = text.with_untracked(|text| text.trim().to_owned());
        if words.is_empty() || chars.get_untracked() > TEXT_CHARS {
            return;
        }
        text.set(String::new());
        desk.act(Action::Send {
            conversation_id: Some(id),
            text: words,
        });
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.shift_key() && !event.is_composing() => {
            event.prevent_default();
            send();
        }
        "Escape" => {
            event.stop_propagation();
            if let Some(area) = area.get_untracked() {
                let _ = area.blur();
            }
        }
        _ => {}
    };
    let saved = move || match (is_live.get(), unsent.get()) {
        (true, _) => None,
        (false, 0) => {
            Some("Offline. What you write is saved here and sent when connected.".to_owned())
        }
        (false, n) => Some(format!(
            "Saved here, will be sent when connected ({n} queued)."
        )),
    };
    view! {
        <div class="composer-box">
            <textarea
                id=COMPOSER_ID
                node_ref=area
                rows="1"
                placeholder="Write a reply"
                aria-label="Reply"
                bind:value=text
                on:input=move |event| desk.act(Action::Typing {
                    conversation_id: Some(id),
                    active: !event_target_value(&event).trim().is_empty(),
                })
                on:keydown=on_key
            ></textarea>
            <button
                type="button"
                class="button button-primary composer-send"
                title="Send (Enter)"
                aria-label="Send"
                prop:disabled=move || chars.get() == 0 || is_over()
                on:click=move |_| send()
            >
                {Icon::Send.small()}
            </button>
        </div>
        <div class="composer-foot">
            {move || match saved() {
                Some(text) => view! {
                    <span class="composer-saved" role="status">{Icon::Clock.small()} {text}</span>
                }.into_any(),
                None => view! {
                    <span class="composer-hint">"Enter sends, Shift + Enter begins a new line"</span>
                }.into_any(),
            }}
            <Show when=move || { chars.get() > TEXT_CHARS * 9 / 10 }>
                <span class="composer-limit" data-over=move || is_over().to_string()>
                    {move || format!("{} / {TEXT_CHARS}", chars.get())}
                </span>
            </Show>
        </div>
    }
}
