//! The open conversation: head, messages, composer.

use deskbell_protocol::{Conversation, ConversationId};
use leptos::prelude::*;

use crate::components::avatar::Avatar;
use crate::components::composer::Composer;
use crate::components::icon::Icon;
use crate::components::message_list::MessageList;
use crate::components::notice::ErrorNotice;
use crate::components::skeleton::ThreadSkeleton;
use crate::components::status_badge::StatusBadge;
use crate::components::thread_actions::ThreadActions;
use crate::state::browser::local_ms;
use crate::state::clock::use_clock;
use crate::state::desk::use_desk;
use crate::state::drafts::Drafts;
use crate::state::format;
use crate::state::navigator::Navigator;
use crate::state::route::Route;
use crate::state::timeline;
use crate::state::window::Window;

#[component]
pub(crate) fn Thread(
    id: ConversationId,
    drafts: Drafts,
    context_shown: RwSignal<bool>,
    on_close: Callback<()>,
) -> impl IntoView {
    let desk = use_desk();
    let clock = use_clock();
    let me = desk.me().user_id;
    // Day names change at midnight, not every second.
    let today = Memo::new(move |_| format::day(local_ms(clock.now())));
    let window = RwSignal::new(Window::default());
    let items = Memo::new(move |_| {
        today.track();
        let window = window.get();
        desk.thread.with(|thread| {
            timeline::items(window.of(&thread.rows), me, clock.now_untracked(), local_ms)
        })
    });
    let conversation = Memo::new(move |_| desk.thread.with(|thread| thread.conversation.clone()));
    let error = Memo::new(move |_| desk.thread.with(|thread| thread.error.clone()));
    let is_loaded = Memo::new(move |_| desk.thread.with(|thread| thread.is_loaded));
    let has_head = Memo::new(move |_| conversation.with(Option::is_some));
    view! {
        {move || match has_head.get() {
            true => view! { <ThreadHead conversation context_shown on_close/> }.into_any(),
            false => view! { <header class="thread-head"></header> }.into_any(),
        }}
        <LostBanner/>
        {move || match (error.get(), is_loaded.get()) {
            (Some(text), _) => view! {
                <ErrorNotice title="This conversation cannot be shown" text on_retry=move || desk.reopen_thread()/>
            }.into_any(),
            (None, false) => view! { <ThreadSkeleton/> }.into_any(),
            (None, true) => view! { <MessageList items window/> <Composer id drafts/> }.into_any(),
        }}
    }
}

#[component]
fn ThreadHead(
    conversation: Memo<Option<Conversation>>,
    context_shown: RwSignal<bool>,
    on_close: Callback<()>,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let first = conversation.get_untracked();
    let head = Signal::derive(move || conversation.get().or_else(|| first.clone()));
    let status = Signal::derive(move || {
        head.get()
            .map_or(deskbell_protocol::Status::Unknown, |head| head.status)
    });
    let visitor = Memo::new(move |_| head.get().map(|head| (head.id, head.visitor, head.site)));
    let owner = Memo::new(move |_| {
        head.get()
            .and_then(|head| head.assignee)
            .map(|agent| agent.name)
    });
    move || {
        let (id, visitor, site) = visitor.get()?;
        let where_to = move || match owner.get() {
            Some(owner) => format!("{} · {owner}", site.name),
            None => site.name.clone(),
        };
        Some(view! {
            <header class="thread-head">
                <button
                    type="button"
                    class="button button-quiet button-icon thread-back"
                    aria-label="Back to the list"
                    on:click=move |_| navigator.go(Route::Inbox)
                >
                    {Icon::Back.small()}
                </button>
                <Avatar id=visitor.id.0 name=visitor.name.clone()/>
                <div class="thread-who">
                    <div class="thread-title"><h2>{visitor.name}</h2> <StatusBadge status/></div>
                    <p class="thread-where">{where_to}</p>
                </div>
                <ThreadActions id status on_close/>
                <button
                    type="button"
                    class="button button-quiet button-icon thread-context"
                    aria-label="Details"
                    title="Details"
                    aria-pressed=move || context_shown.get().to_string()
                    on:click=move |_| context_shown.update(|shown| *shown = !*shown)
                >
                    {Icon::Panel.small()}
                </button>
            </header>
        })
    }
}

/// Says who was faster.
#[component]
fn LostBanner() -> impl IntoView {
    let desk = use_desk();
    let navigator = expect_context::<Navigator>();
    let winner = Memo::new(move |_| desk.thread.with(|thread| thread.winner.clone()));
    let next_waiting = move || {
        desk.rows.with(|rows| {
            rows.iter()
                .find(|row| row.status == deskbell_protocol::Status::Waiting)
                .map(|row| row.id)
        })
    };
    move || {
        winner.get().map(|winner| view! {
            <div class="banner" role="alert">
                {Icon::Hand.small()}
                <span>{format!("{} took this one.", winner.name)}</span>
                {move || next_waiting().map(|id| view! {
                    <button type="button" class="button" on:click=move |_| navigator.go(Route::Conversation(id))>
                        "Next waiting"
                    </button>
                })}
                <button
                    type="button"
                    class="button button-quiet button-icon"
                    aria-label="Dismiss"
                    on:click=move |_| desk.dismiss_winner()
                >
                    {Icon::Close.small()}
                </button>
            </div>
        })
    }
}
