//! The scrolled list of messages. It stays at the end while the reader is at the end; elsewhere the
//! line that the reader sees does not move, whatever is added or removed around it.

use deskbell_engine::Action;
use deskbell_protocol::Seq;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlDivElement, ResizeObserver};

use crate::areas::inbox::focus::MESSAGES_ID;
use crate::areas::inbox::inbox_store::use_inbox;
use crate::areas::inbox::message::MessageBubble;
use crate::areas::inbox::note_card::NoteCard;
use crate::areas::inbox::timeline::{Item, ItemKey};
use crate::areas::inbox::visible_range::VisibleRange;
use crate::text::thread as text;
use crate::ui::icon::Icon;

/// This close to the end counts as the end; this close to either edge, more is shown.
const NEAR_END: i32 = 48;
const NEAR_EDGE: i32 = 240;

/// The line that must not move, and its distance from the first line.
struct Anchor {
    line: Element,
    below_start: f64,
}

impl Anchor {
    /// The first visible message; the name of a day moves when older messages of that day come.
    fn find(list: &HtmlDivElement, lines: &HtmlDivElement) -> Option<Self> {
        let edge = list.get_bounding_client_rect().top();
        let mut line = lines.first_element_child();
        while let Some(candidate) = line {
            let place = candidate.get_bounding_client_rect();
            if place.bottom() > edge && candidate.class_name() != "message-day" {
                return Some(Self {
                    below_start: below_start(&candidate, list),
                    line: candidate,
                });
            }
            line = candidate.next_element_sibling();
        }
        None
    }

    /// Scrolls by as much as it has moved.
    fn restore(&self, list: &HtmlDivElement) {
        if self.line.is_connected() {
            let moved = below_start(&self.line, list) - self.below_start;
            list.set_scroll_top(list.scroll_top() + moved.round() as i32);
        }
    }
}

fn below_start(line: &Element, list: &HtmlDivElement) -> f64 {
    let below_edge = line.get_bounding_client_rect().top() - list.get_bounding_client_rect().top();
    below_edge + f64::from(list.scroll_top())
}

#[component]
pub(crate) fn MessageList(
    #[prop(into)] items: Signal<Vec<Item>>,
    range: RwSignal<VisibleRange>,
) -> impl IntoView {
    let inbox = use_inbox();
    let scroll = NodeRef::<Div>::new();
    let lines = NodeRef::<Div>::new();
    let is_at_end = RwSignal::new(true);
    let unseen = RwSignal::new(0_i64);
    let anchor = StoredValue::new_local(None::<Anchor>);
    // The size for which `is_at_end` holds.
    let measured = StoredValue::new((0, 0));
    // The requested messages are not in the document yet.
    let is_moving = StoredValue::new(false);
    // The lines may have moved since the anchor was taken.
    let is_changing = StoredValue::new(false);
    let loaded = move || {
        inbox.thread.with_untracked(|thread| {
            let seqs = || thread.rows.iter().filter_map(|row| row.seq);
            let first = seqs().next().unwrap_or(0);
            (first, seqs().next_back().unwrap_or(0))
        })
    };

    let move_up = move || {
        let (first, newest) = loaded();
        let (id, is_loading) = inbox
            .thread
            .with_untracked(|thread| (thread.id, thread.is_loading_older));
        if is_loading || is_moving.get_value() {
            return;
        }
        let before = range.get_untracked();
        let mut after = before;
        let wanted = after.up(first, newest);
        let has_older = inbox
            .thread
            .with_untracked(|thread| thread.is_loaded && thread.has_older);
        if after != before {
            is_moving.set_value(wanted >= first);
            range.set(after);
        }
        if let Some(id) = id.filter(|_| wanted < first && has_older) {
            inbox.act(Action::LoadOlder(id));
        }
    };
    Effect::new(move || inbox.set_newest_visible(is_at_end.get()));
    on_cleanup(move || inbox.set_newest_visible(false));
    let move_down = move || {
        if !is_moving.get_value() && !range.with_untracked(|range| range.has_end()) {
            is_moving.set_value(true);
            range.update(|range| range.down(loaded().1));
        }
    };
    let to_end = move || {
        let mut end = range.get_untracked();
        end.reach_end(loaded().1);
        if end != range.get_untracked() {
            range.set(end);
        }
        if let Some(list) = scroll.get_untracked() {
            list.set_scroll_top(list.scroll_height());
            measured.set_value(size(&list));
        }
        is_at_end.set(true);
        unseen.set(0);
    };
    // Shows more near the edges.
    let extend = move |list: &HtmlDivElement, lines: &HtmlDivElement| {
        if is_changing.get_value() {
            return;
        }
        anchor.set_value(Anchor::find(list, lines));
        if list.scroll_top() < NEAR_EDGE {
            move_up();
        } else if below(list) < NEAR_EDGE {
            move_down();
        }
    };
    let settle = move |newest: Seq, before: Seq, notes: i64| {
        // The frame may come after the thread was closed.
        let (Some(Some(list)), Some(Some(lines))) =
            (scroll.try_get_untracked(), lines.try_get_untracked())
        else {
            return;
        };
        is_moving.set_value(false);
        is_changing.set_value(false);
        if is_at_end.get_untracked() {
            return to_end();
        }
        anchor.with_value(|anchor| {
            if let Some(anchor) = anchor {
                anchor.restore(&list);
            }
        });
        if before > 0 {
            unseen.update(|unseen| *unseen += (newest - before).max(0) + notes);
        }
        extend(&list, &lines);
    };
    // The number of notes, once they are loaded, and whether the last one is the agent's own.
    let me = inbox.me().user_id;
    let notes = Memo::new(move |_| {
        inbox.thread.with(|thread| {
            let is_own = thread.notes.last().is_some_and(|note| note.author.id == me);
            thread
                .has_notes
                .then_some((thread.notes.len() as i64, is_own))
        })
    });
    let known_notes = StoredValue::new(None::<i64>);
    Effect::new(move |before: Option<Seq>| {
        items.track();
        let count = notes.get();
        let known = known_notes.get_value();
        let new_notes = count
            .zip(known)
            .map_or(0, |((count, _), known)| (count - known).max(0));
        known_notes.set_value(count.map(|(count, _)| count).or(known));
        if new_notes > 0 && count.is_some_and(|(_, is_own)| is_own) {
            is_at_end.set(true);
        }
        let (newest, is_unsent_last) = inbox.thread.with(|thread| {
            let newest = thread.rows.iter().rev().find_map(|row| row.seq);
            let is_unsent_last = thread.rows.last().is_some_and(|row| row.seq.is_none());
            (newest.unwrap_or(0), is_unsent_last)
        });
        let before = before.unwrap_or(0);
        if is_unsent_last {
            is_at_end.set(true);
        } else if !is_at_end.get_untracked() && newest > before {
            let mut bounded = range.get_untracked();
            bounded.bound(newest);
            if bounded != range.get_untracked() {
                range.set(bounded);
            }
        }
        is_changing.set_value(true);
        // After the rows are in the document.
        request_animation_frame(move || settle(newest, before, new_notes));
        newest
    });
    // When the list gets another size (a keyboard opens, the reply grows), or its lines do (they wrap
    // again, the typeface has loaded), its end stays visible.
    Effect::new(move || {
        for element in [scroll.get(), lines.get()].into_iter().flatten() {
            observe_size(&element, move || {
                if is_at_end.try_get_untracked() == Some(true) {
                    to_end();
                }
            });
        }
    });
    let on_scroll = move |_| {
        let (Some(Some(list)), Some(Some(lines))) =
            (scroll.try_get_untracked(), lines.try_get_untracked())
        else {
            return;
        };
        // A scroll event of the previous size comes before the observer reports the new one: then it is
        // the window that has moved the end, and not the reader.
        if is_at_end.get_untracked() && measured.get_value() != size(&list) {
            return to_end();
        }
        measured.set_value(size(&list));
        let has_end = range.with_untracked(|range| range.has_end());
        let is_near_end = has_end && below(&list) < NEAR_END;
        is_at_end.set(is_near_end);
        if is_near_end {
            unseen.set(0);
        }
        extend(&list, &lines);
    };
    let draw = move |key: ItemKey| {
        let find = Memo::new(move |before: Option<&Option<Item>>| {
            items
                .with(|items| items.iter().find(|item| item.key() == key).cloned())
                .or_else(|| before.cloned().flatten())
        });
        match find.get_untracked()? {
            Item::Day { .. } => Some(view! { <DayLine item=find/> }.into_any()),
            Item::System { text, .. } => Some(
                view! { <p class="message-system" role="listitem" dir="auto">{text}</p> }
                    .into_any(),
            ),
            Item::Note(line) => Some(view! { <NoteCard line/> }.into_any()),
            Item::Message(first) => {
                let bubble = Signal::derive(move || match find.get() {
                    Some(Item::Message(bubble)) => bubble,
                    _ => first.clone(),
                });
                Some(view! { <MessageBubble bubble/> }.into_any())
            }
        }
    };
    let label = move || match unseen.get() {
        0 => text::JUMP_TO_LATEST,
        _ => text::NEW_MESSAGES,
    };
    view! {
        <div class="message-list">
            <div class="message-scroll" node_ref=scroll on:scroll=on_scroll tabindex="0" id=MESSAGES_ID role="region" aria-label=text::MESSAGES>
                {move || inbox.thread.with(|thread| thread.is_loading_older).then(|| view! {
                    <p class="message-older" role="status">{text::LOADING_OLDER}</p>
                })}
                <div class="message-items" role="list" node_ref=lines>
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
                    <span prop:textContent=label></span>
                    {Icon::Down.small()}
                </button>
            </Show>
        </div>
    }
}

fn size(list: &HtmlDivElement) -> (i32, i32) {
    (list.client_width(), list.client_height())
}

/// How many pixels of the list are below the visible part.
fn below(list: &HtmlDivElement) -> i32 {
    list.scroll_height() - list.scroll_top() - list.client_height()
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
    view! { <div class="message-day" role="listitem"><span prop:textContent=name></span></div> }
}
