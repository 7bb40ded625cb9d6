//! The open conversation: head, messages, composer.

use deskbell_protocol::{Conversation, ConversationId, ErrorCode, Status};
use leptos::prelude::*;

use crate::areas::inbox::composer::Composer;
use crate::areas::inbox::connection_chip::StaleBanner;
use crate::areas::inbox::focus::{focus_row, focus_thread};
use crate::areas::inbox::groups::next_waiting;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::message_list::MessageList;
use crate::areas::inbox::message_log::MessageLog;
use crate::areas::inbox::snooze;
use crate::areas::inbox::status_badge::StatusBadge;
use crate::areas::inbox::thread_actions::ThreadActions;
use crate::areas::inbox::timeline;
use crate::areas::inbox::visible_range::VisibleRange;
use crate::browser::clock::use_clock;
use crate::browser::locale::BrowserLocale;
use crate::format;
use crate::shell::labels::visitor_label;
use crate::shell::navigator::Navigator;
use crate::shell::route::Route;
use crate::shell::skeleton::ThreadSkeleton;
use crate::text::{inbox as list_text, people, shell, thread as text};
use crate::ui::avatar::Avatar;
use crate::ui::icon::Icon;
use crate::ui::notice::ErrorNotice;

#[component]
pub(crate) fn Thread(id: ConversationId, context_shown: RwSignal<bool>) -> impl IntoView {
    let inbox = use_inbox();
    let clock = use_clock();
    let me = inbox.me().user_id;
    // Day names change at midnight, not every second.
    let today = Memo::new(move |_| format::day(clock.now(), &BrowserLocale));
    let range = RwSignal::new(VisibleRange::default());
    let items = Memo::new(move |_| {
        today.track();
        let range = range.get();
        let now = clock.now_untracked();
        inbox.thread.with(|thread| {
            let rows = range.of(&thread.rows);
            let notes = &thread.notes;
            let has_end = range.has_end();
            timeline::items(
                rows,
                notes,
                has_end,
                me,
                &thread.receipts,
                now,
                &BrowserLocale,
            )
        })
    });
    let conversation = Memo::new(move |_| inbox.thread.with(|thread| thread.conversation.clone()));
    let error = Memo::new(move |_| inbox.thread.with(|thread| thread.error.clone()));
    let is_loaded = Memo::new(move |_| inbox.thread.with(|thread| thread.is_loaded));
    let has_head = Memo::new(move |_| conversation.with(Option::is_some));
    let has_error = Memo::new(move |_| error.with(Option::is_some));
    let failed = move || {
        let error = error.get()?;
        let (title, words) = match error.code {
            ErrorCode::NotFound => (text::NOT_FOUND, String::new()),
            _ => (text::CANNOT_SHOW, error.message),
        };
        Some(view! { <ErrorNotice title text=words on_retry=move || inbox.reopen_thread()/> })
    };
    view! {
        {move || match has_head.get() {
            true => view! { <ThreadHead conversation context_shown/> }.into_any(),
            false => view! { <header class="thread-head"></header> }.into_any(),
        }}
        <div class="thread-stale"><StaleBanner/></div>
        <ClaimedBanner/>
        <MessageLog/>
        {move || match (has_error.get(), is_loaded.get()) {
            (true, _) => failed().into_any(),
            (false, false) => view! { <ThreadSkeleton/> }.into_any(),
            (false, true) => view! { <MessageList items range/> }.into_any(),
        }}
        // There before the messages: what is typed next belongs into it.
        {move || (!has_error.get()).then(|| view! { <Composer id/> })}
    }
}

#[component]
fn ThreadHead(
    conversation: Memo<Option<Conversation>>,
    context_shown: RwSignal<bool>,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let me = use_inbox().me().user_id;
    let clock = use_clock();
    let first = conversation.get_untracked();
    let head = Signal::derive(move || conversation.get().or_else(|| first.clone()));
    let status = Signal::derive(move || head.get().map_or(Status::Closed, |head| head.status));
    let visitor = Memo::new(move |_| {
        let head = head.get()?;
        let name = visitor_label(head.visitor.id.0, &head.visitor.name);
        Some((head.id, head.visitor.id.0, name))
    });
    let name = move || visitor.get().map(|(.., name)| name).unwrap_or_default();
    let is_verified = Memo::new(move |_| head.get().is_some_and(|head| head.visitor.verified));
    let place = Memo::new(move |_| {
        let Some(head) = head.get() else {
            return String::new();
        };
        let site = list_text::via(&head.site.name);
        let site = match head.attributes.number {
            Some(number) => format!("{} · {site}", text::number(number)),
            None => site,
        };
        let snooze = snooze::state(&head, clock.now_untracked());
        let assigned = match head.assignee {
            Some(agent) if agent.id == me => Some(list_text::ASSIGNED_TO_YOU.to_owned()),
            Some(agent) => Some(list_text::assigned_to(&agent.name)),
            None => None,
        };
        let parts: Vec<_> = [Some(site), assigned, snooze]
            .into_iter()
            .flatten()
            .collect();
        parts.join(" · ")
    });
    let back = move |_| {
        let id = visitor.get_untracked().map(|(id, ..)| id);
        navigator.go(Route::Inbox);
        id.into_iter().for_each(focus_row);
    };
    view! {
        <header class="thread-head">
            <button
                type="button"
                class="button button-quiet button-icon thread-back"
                aria-label=text::BACK_TO_LIST
                on:click=back
            >
                {Icon::Back.small()}
            </button>
            {move || visitor.get().map(|(_, id, name)| view! { <Avatar id name/> })}
            <div class="thread-who">
                <div class="thread-title">
                    <h2 dir="auto" prop:textContent=name></h2>
                    {move || is_verified.get().then(|| view! {
                        <span class="thread-verified" title=people::VERIFIED>
                            {Icon::Shield.small()} <span class="visually-hidden">{people::VERIFIED}</span>
                        </span>
                    })}
                    <StatusBadge status/>
                </div>
                <p class="thread-where" dir="auto" prop:textContent=place></p>
            </div>
            <ThreadActions status/>
            <button
                type="button"
                class="button button-quiet button-icon thread-context"
                aria-label=text::DETAILS
                title=text::DETAILS
                aria-pressed=move || context_shown.get().to_string()
                on:click=move |_| context_shown.update(|shown| *shown = !*shown)
            >
                {Icon::Panel.small()}
            </button>
        </header>
    }
}

/// A notice that names the teammate who claimed the conversation first.
#[component]
fn ClaimedBanner() -> impl IntoView {
    let inbox = use_inbox();
    let navigator = expect_context::<Navigator>();
    let winner = Memo::new(move |_| inbox.thread.with(|thread| thread.winner.clone()));
    let next = move || inbox.listed.with(|listed| next_waiting(listed, None));
    let open = move |id: ConversationId| {
        navigator.go(Route::Conversation(id));
        focus_thread();
    };
    let dismiss = move |_| {
        inbox.dismiss_winner();
        focus_thread();
    };
    move || {
        winner.get().map(|winner| view! {
            <div class="banner" role="alert">
                {Icon::Hand.small()}
                <span dir="auto">{text::claimed_by(&winner.name)}</span>
                {move || next().map(|id| view! {
                    <button type="button" class="button" on:click=move |_| open(id)>{text::NEXT_WAITING}</button>
                })}
                <button
                    type="button"
                    class="button button-quiet button-icon"
                    aria-label=shell::DISMISS
                    on:click=dismiss
                >
                    {Icon::Close.small()}
                </button>
            </div>
        })
    }
}
