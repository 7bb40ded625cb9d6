//! The list: groups of conversations that stay where they are while the pointer is among them.

use deskbell_protocol::{Conversation, ConversationId};
use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::components::connection_chip::StaleBanner;
use crate::components::conversation_row::ConversationRow;
use crate::components::list_group::ListGroup;
use crate::components::list_more::ListMore;
use crate::components::skeleton::ListSkeleton;
use crate::state::browser::now_ms;
use crate::state::clock::use_clock;
use crate::state::desk::use_desk;
use crate::state::groups::{Group, GroupKind, neighbour, reachable};
use crate::state::held::Held;
use crate::state::navigator::Navigator;
use crate::state::route::Route;

/// A pointer that has not moved for this long is not about to hit anything.
const HOLD_MS: i64 = 3_000;
/// This close to the end, what follows is fetched.
const NEAR_END: i32 = 400;

/// The conversation called `id`, following its changes.
fn follow(rows: RwSignal<Vec<Conversation>>, id: ConversationId) -> Memo<Option<Conversation>> {
    Memo::new(move |before: Option<&Option<Conversation>>| {
        rows.with(|rows| rows.iter().find(|row| row.id == id).cloned())
            .or_else(|| before.cloned().flatten())
    })
}

#[component]
pub(crate) fn ConversationList(
    #[prop(into)] groups: Signal<Vec<Group>>,
    #[prop(into)] selected: Signal<Option<ConversationId>>,
) -> impl IntoView {
    let desk = use_desk();
    let clock = use_clock();
    let navigator = expect_context::<Navigator>();
    let moved_at = RwSignal::new(0_i64);
    let is_held = Memo::new(move |_| clock.now() - moved_at.get() < HOLD_MS);
    let held = Memo::new(move |before: Option<&Held>| {
        before
            .cloned()
            .unwrap_or_default()
            .next(groups.get(), is_held.get())
    });
    let let_go = move || moved_at.set(0);
    let reachable = Memo::new(move |_| held.with(|held| reachable(&held.shown, selected.get())));
    let step = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "Home" => isize::MIN,
            "End" => isize::MAX,
            _ => return,
        };
        event.prevent_default();
        if let Some(id) =
            held.with_untracked(|held| neighbour(&held.shown, selected.get_untracked(), step))
        {
            navigator.go(Route::Conversation(id));
            focus_row(id);
        }
    };
    let row = move |id: ConversationId| {
        let conversation = follow(desk.rows, id);
        let signs = desk.signs_of(id);
        conversation.get_untracked().map(|first| view! {
            <ConversationRow
                conversation=Signal::derive(move || conversation.get().unwrap_or_else(|| first.clone()))
                signs
                selected=Signal::derive(move || selected.get() == Some(id))
                reachable=Signal::derive(move || reachable.get() == Some(id))
                on_open=Callback::new(move |()| navigator.go(Route::Conversation(id)))
            />
        })
    };
    let group = move |kind: GroupKind| view! { <ListGroup kind held row/> };
    let on_scroll = move |event: Event| {
        let list = event_target::<web_sys::HtmlElement>(&event);
        if list.scroll_height() - list.scroll_top() - list.client_height() < NEAR_END {
            desk.list_more();
        }
    };
    view! {
        <section class="conversation-list" aria-label="Conversations">
            <header class="list-head"><h1>"Inbox"</h1></header>
            <StaleBanner/>
            <Show when=move || { held.with(|held| held.waiting > 0) }>
                <button type="button" class="list-new" on:click=move |_| let_go()>
                    {move || format!("{} new", held.with(|held| held.waiting))}
                </button>
            </Show>
            <Show when=move || desk.is_loaded.get() fallback=|| view! { <ListSkeleton what="conversations"/> }>
                <Show when=move || held.with(|held| !held.shown.is_empty()) fallback=|| view! { <p class="list-empty">"No conversations yet."</p> }>
                    <div
                        class="list-scroll"
                        on:scroll=on_scroll
                        on:pointermove=move |_| moved_at.set(now_ms())
                        on:pointerleave=move |_| let_go()
                    >
                        <div role="listbox" aria-label="Conversations" on:keydown=step>
                            <For
                                each=move || held.with(|held| held.shown.iter().map(|group| group.kind).collect::<Vec<_>>())
                                key=|kind| *kind
                                children=group
                            />
                        </div>
                        <ListMore/>
                    </div>
                </Show>
            </Show>
        </section>
    }
}

/// Moves the keyboard to a row, and the row into view.
pub(crate) fn focus_row(id: ConversationId) {
    request_animation_frame(move || {
        let row = document().get_element_by_id(&format!("row-{id}"));
        if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = row.focus();
        }
    });
}
