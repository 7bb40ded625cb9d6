//! The list of conversations: views, groups and rows. It does not move while the pointer is in it.

use deskbell_protocol::ConversationId;
use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::*;

use crate::areas::inbox::connection_chip::StaleBanner;
use crate::areas::inbox::conversation_row::ConversationRow;
use crate::areas::inbox::focus::{focus_row, focus_thread, has_fine_pointer};
use crate::areas::inbox::freeze_list::FreezeList;
use crate::areas::inbox::groups::{Group, GroupKind, View, neighbour, reachable};
use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::list_group::ListGroup;
use crate::areas::inbox::list_more::ListMore;
use crate::areas::inbox::view_tabs::ViewTabs;
use crate::browser::clock::{now_ms, use_clock};
use crate::shell::navigator::Navigator;
use crate::shell::route::Route;
use crate::shell::skeleton::ListSkeleton;
use crate::text::{inbox as text, shell};

/// A pointer that has not moved for this long is not about to click.
const FREEZE_MS: i64 = 3_000;
/// This close to the end, the next page is fetched.
const NEAR_END: i32 = 400;

#[component]
pub(crate) fn ConversationList(
    view: RwSignal<View>,
    #[prop(into)] groups: Signal<Vec<Group>>,
    #[prop(into)] selected: Signal<Option<ConversationId>>,
) -> impl IntoView {
    let inbox = use_inbox();
    let clock = use_clock();
    let navigator = expect_context::<Navigator>();
    let moved_at = RwSignal::new(0_i64);
    let is_frozen = Memo::new(move |_| clock.now() - moved_at.get() < FREEZE_MS);
    let list = Memo::new(move |before: Option<&FreezeList>| {
        let before = before.cloned().unwrap_or_default();
        before.next(groups.get(), is_frozen.get())
    });
    let release = move || moved_at.set(0);
    // Another view is another list.
    Effect::new(move || {
        view.track();
        release();
    });
    let reachable = Memo::new(move |_| list.with(|list| reachable(&list.shown, selected.get())));
    let step = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            "Home" => isize::MIN,
            "End" => isize::MAX,
            _ => return,
        };
        event.prevent_default();
        let next =
            list.with_untracked(|list| neighbour(&list.shown, selected.get_untracked(), step));
        if let Some(id) = next {
            navigator.go(Route::Conversation(id));
            focus_row(id);
        }
    };
    let open = move |id: ConversationId| {
        navigator.go(Route::Conversation(id));
        if has_fine_pointer() {
            focus_thread();
        }
    };
    let row = move |id: ConversationId| {
        inbox.row(id).map(|signals| {
            view! {
                <ConversationRow
                    id
                    signals
                    selected=Signal::derive(move || selected.get() == Some(id))
                    reachable=Signal::derive(move || reachable.get() == Some(id))
                    on_open=Callback::new(move |()| open(id))
                />
            }
        })
    };
    let group = move |kind: GroupKind| view! { <ListGroup kind list row/> };
    let on_scroll = move |event: Event| {
        let list = event_target::<web_sys::HtmlElement>(&event);
        if list.scroll_height() - list.scroll_top() - list.client_height() < NEAR_END {
            inbox.list_more();
        }
    };
    let kinds = move || {
        list.with(|list| {
            list.shown
                .iter()
                .map(|group| group.kind)
                .collect::<Vec<_>>()
        })
    };
    let is_empty = move || list.with(|list| list.shown.is_empty());
    view! {
        <section class="conversation-list" aria-label=text::CONVERSATIONS>
            <header class="list-head"><h1>{shell::INBOX}</h1> <ViewTabs view/></header>
            <StaleBanner/>
            <Show when=move || { list.with(|list| list.pending > 0) }>
                <button
                    type="button"
                    class="list-new"
                    prop:textContent=move || shell::new_rows(list.with(|list| list.pending))
                    on:click=move |_| release()
                ></button>
            </Show>
            <Show when=move || inbox.is_loaded.get() fallback=|| view! { <ListSkeleton what=text::CONVERSATIONS/> }>
                <div
                    class="list-scroll"
                    on:scroll=on_scroll
                    on:pointermove=move |_| moved_at.set(now_ms())
                    on:pointerleave=move |_| release()
                >
                    <Show when=is_empty>
                        <p class="list-empty" prop:textContent=move || view.get().when_empty()></p>
                    </Show>
                    <Show when=move || !is_empty()>
                        <div role="listbox" aria-label=text::CONVERSATIONS on:keydown=step>
                            <For each=kinds key=|kind| *kind children=group/>
                        </div>
                    </Show>
                    <ListMore/>
                </div>
            </Show>
        </section>
    }
}
