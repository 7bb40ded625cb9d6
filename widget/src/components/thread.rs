//! The conversation, newest at the bottom.
//!
//! The scroller is turned over (`column-reverse`), so `scroll_top` is zero at the newest message
//! and negative above it. Older messages on top therefore move nothing; a new message moves
//! nothing either when the reader is up, because the distance from the top is restored.

use deskbell_engine::RowKey;
use deskbell_protocol::Status;
use leptos::html::Div;
use leptos::prelude::*;

use super::bubble::Row;
use super::icon::{ARROW_DOWN, Bell, CLOCK, Icon};
use crate::state::lines::Content;
use crate::state::{Older, Panel};

/// The reader is "at the newest" up to this far from it, and asks for older ones this near the top.
const NEAR_PX: i32 = 60;

/// The thread with its greeting, its waiting notice and the way back to the newest message.
#[component]
pub(crate) fn Thread(panel: Panel) -> impl IntoView {
    let scroller = NodeRef::<Div>::new();
    let is_up = RwSignal::new(false);
    let has_news = RwSignal::new(false);

    let to_newest = move || {
        if let Some(element) = scroller.get_untracked() {
            element.set_scroll_top(0);
        }
        has_news.set(false);
    };
    let on_scroll = move |_| {
        let Some(element) = scroller.get_untracked() else {
            return;
        };
        let above = element.scroll_height() - element.client_height() + element.scroll_top();
        let up = element.scroll_top() < -NEAR_PX;
        is_up.set(up);
        if !up {
            has_news.set(false);
        }
        if above < NEAR_PX {
            panel.load_older();
        }
    };

    Effect::new(move |before: Option<(Option<RowKey>, i32)>| {
        let newest = panel.lines.with(|lines| lines.last().map(|line| line.key));
        let own = panel.lines.with(|lines| {
            lines.last().is_some_and(|line| {
                line.view.with_untracked(
                    |it| matches!(&it.content, Content::Bubble(bubble) if bubble.name.is_none()),
                )
            })
        });
        let Some(element) = scroller.get() else {
            return (newest, 0);
        };
        let height = element.scroll_height();
        if let Some((known, height_before)) = before
            && known != newest
        {
            if own || !is_up.get_untracked() {
                to_newest();
            } else {
                element.set_scroll_top(element.scroll_top() - (height - height_before));
                has_news.set(true);
            }
        }
        (newest, height)
    });

    let is_empty = Memo::new(move |_| panel.is_loaded.get() && panel.lines.with(Vec::is_empty));
    let is_waiting = Memo::new(move |_| {
        panel
            .conversation
            .with(|it| it.as_ref().is_some_and(|it| it.status == Status::Waiting))
    });
    let is_loading = move || panel.older.get() == Older::Loading;

    view! {
        <div class="thread">
            <div class="thread__scroller" node_ref=scroller on:scroll=on_scroll tabindex="0" role="log" aria-label="Messages">
                <div class="thread__lines">
                    {move || is_loading().then(|| view! { <p class="thread__older">"Loading older messages…"</p> })}
                    {move || is_empty.get().then(|| view! { <Greeting /> })}
                    <For each=move || panel.lines.get() key=|line| line.key let:line>
                        <Row line panel />
                    </For>
                    {move || is_waiting.get().then(|| view! {
                        <p class="thread__waiting">
                            <Icon path=CLOCK size=18 />
                            "We have your message. Somebody will be with you soon; you can close this and come back."
                        </p>
                    })}
                </div>
            </div>
            {move || has_news.get().then(|| view! {
                <button class="thread__new" type="button" on:click=move |_| to_newest()>
                    "New messages"
                    <Icon path=ARROW_DOWN size=16 />
                </button>
            })}
        </div>
    }
}

#[component]
fn Greeting() -> impl IntoView {
    view! {
        <section class="greeting">
            <Bell size=40 />
            <h2 class="greeting__title">"Hello, how can we help?"</h2>
            <p class="greeting__words">
                "Write to us here and a person will answer. The conversation stays in this window, also when you come back later."
            </p>
        </section>
    }
}
