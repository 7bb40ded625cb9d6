//! The scrolled middle of a thread. It stays at the end while the reader is at the end, and keeps
//! the reader's place when something is added above or below.

use deskbell_engine::Action;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

use crate::components::icon::Icon;
use crate::components::message::MessageBubble;
use crate::state::desk::use_desk;
use crate::state::timeline::{Item, ItemKey};

/// This close to the end counts as the end, and this close to the start asks for older ones.
const NEAR_END: i32 = 48;
const NEAR_START: i32 = 240;

/// Where the reader was after the last change.
#[derive(Clone, Copy, Default)]
struct Place {
    height: i32,
    first_seq: i64,
    last_seq: i64,
}

#[component]
pub(crate) fn MessageList(#[prop(into)] items: Signal<Vec<Item>>) -> impl IntoView {
    let desk = use_desk();
    let scroll = NodeRef::<Div>::new();
    let is_at_end = RwSignal::new(true);
    let unseen = RwSignal::new(0_i64);
    let place = StoredValue::new(Place::default());

    let load_older = move || {
        let wanted = desk.thread.with_untracked(|thread| {
            thread
                .id
                .filter(|_| thread.is_loaded && thread.has_older && !thread.is_loading_older)
        });
        if let Some(id) = wanted {
            desk.act(Action::LoadOlder(id));
        }
    };
    let to_end = move || {
        if let Some(element) = scroll.get_untracked() {
            element.set_scroll_top(element.scroll_height());
        }
        is_at_end.set(true);
        unseen.set(0);
    };
    let settle = move |now: Place| {
        // The frame may come after the thread was left.
        let (Some(element), Some(before)) =
            (scroll.try_get_untracked().flatten(), place.try_get_value())
        else {
            return;
        };
        let height = element.scroll_height();
        place.set_value(Place { height, ..now });
        if is_at_end.get_untracked() || before.height == 0 {
            to_end();
        } else if now.first_seq < before.first_seq {
            element.set_scroll_top(element.scroll_top() + height - before.height);
        } else if now.last_seq > before.last_seq {
            unseen.update(|unseen| *unseen += now.last_seq - before.last_seq);
        }
    };
    Effect::new(move || {
        let (now, is_unsent_last) = desk.thread.with(|thread| {
            let seqs = || thread.rows.iter().filter_map(|row| row.seq);
            let place = Place {
                height: 0,
                first_seq: seqs().next().unwrap_or(0),
                last_seq: seqs().next_back().unwrap_or(0),
            };
            (
                place,
                thread.rows.last().is_some_and(|row| row.seq.is_none()),
            )
        });
        // After the rows stand in the document.
        request_animation_frame(move || {
            if is_unsent_last {
                is_at_end.try_set(true);
            }
            settle(now);
        });
    });
    // Where the list gets lower (a keyboard comes up, the reply grows), its end stays in sight.
    Effect::new(move || {
        if let Some(element) = scroll.get() {
            observe_size(&element, move || {
                if is_at_end.try_get_untracked() == Some(true) {
                    to_end();
                }
            });
        }
    });
    let on_scroll = move |_| {
        let Some(element) = scroll.try_get_untracked().flatten() else {
            return;
        };
        let below = element.scroll_height() - element.scroll_top() - element.client_height();
        is_at_end.set(below < NEAR_END);
        if below < NEAR_END {
            unseen.set(0);
        }
        if element.scroll_top() < NEAR_START {
            load_older();
        }
    };
    let draw = move |key: ItemKey| {
        let find = Memo::new(move |before: Option<&Option<Item>>| {
            items
                .with(|items| items.iter().find(|item| item.key() == key).cloned())
                .or_else(|| before.cloned().flatten())
        });
        match find.get_untracked()? {
            Item::Day { .. } => Some(view! { <DayLine item=find/> }.into_any()),
            Item::System { text, .. } => {
                Some(view! { <p class="message-system">{text}</p> }.into_any())
            }
            Item::Message(first) => {
                let bubble = Signal::derive(move || match find.get() {
                    Some(Item::Message(bubble)) => bubble,
                    _ => first.clone(),
                });
                Some(view! { <MessageBubble bubble/> }.into_any())
            }
        }
    };
    view! {
        <div class="message-list">
            <div class="message-scroll" node_ref=scroll on:scroll=on_scroll tabindex="0" role="log" aria-label="Messages">
                {move || desk.thread.with(|thread| thread.is_loading_older).then(|| view! {
                    <p class="message-older" role="status">"Loading older messages…"</p>
                })}
                <div class="message-items">
                    <For
                        each=move || items.with(|items| items.iter().map(Item::key).collect::<Vec<_>>())
                        key=|key| *key
                        children=draw
                    />
                </div>
            </div>
            <Show when=move || !is_at_end.get()>
                <button
                    type="button"
                    class="message-below"
                    data-new=move || (unseen.get() > 0).to_string()
                    on:click=move |_| to_end()
                >
                    {move || if unseen.get() > 0 { "New messages" } else { "To the newest" }}
                    {Icon::Down.small()}
                </button>
            </Show>
        </div>
    }
}

/// Calls `resized` whenever the size of `element` changes, as long as the current owner lives.
fn observe_size(element: &web_sys::Element, resized: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(resized);
    let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) else {
        return;
    };
    observer.observe(element);
    let kept = StoredValue::new_local((observer, callback));
    on_cleanup(move || {
        kept.try_with_value(|(observer, _)| observer.disconnect());
    });
}

#[component]
fn DayLine(item: Memo<Option<Item>>) -> impl IntoView {
    let name = move || match item.get() {
        Some(Item::Day { name, .. }) => name,
        _ => String::new(),
    };
    view! { <div class="message-day" role="separator"><span>{name}</span></div> }
}
