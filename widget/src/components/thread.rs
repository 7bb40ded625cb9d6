//! The conversation, newest at the bottom.
//!
//! The scroller is turned over (`column-reverse`), so `scroll_top` is zero at the newest message
//! and negative above it. Older messages on top therefore move nothing; a new message moves
//! nothing either when the reader is up, because the distance from the top is restored.

mod list;

use std::cell::RefCell;

use deskbell_engine::RowKey;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::row::row;
use crate::look::lines::Line;
use crate::look::{Look, Older};
use crate::panel::Panel;

/// The reader is "at the newest" up to this far from it, and asks for older ones this near the top.
const NEAR_PX: i32 = 60;

type Show = Box<dyn FnMut(Vec<(RowKey, Line)>)>;

thread_local! {
    /// The rows that stand in the page, once there is one.
    static ROWS: RefCell<Option<Show>> = const { RefCell::new(None) };
}

/// The thread with its greeting, its waiting notice and the way back to the newest message.
#[component]
pub(crate) fn Thread(panel: Panel) -> impl IntoView {
    view! {
        <div class="thread" hidden=panel.flag(Look::has_failed)>
            <div class="thread__scroller" id="thread" tabindex="0" role="log" aria-label="Messages" on:scroll=move |_| scrolled(panel)>
                <div class="thread__lines">
                    <p class="thread__older" hidden=panel.flag(|look| look.older != Older::Loading)>"Loading older messages…"</p>
                    <div hidden=panel.flag(|look| !look.is_new())>
                        <section class="greeting">
                            <svg class="icon" width="40" height="40" viewBox="0 0 24 24" aria-hidden="true">
                                <path class="icon__solid" d="M4 16.5a8 8 0 0 1 16 0Z"></path>
                                <path d="M2.75 20h18.5M12 8.25V5.5M9.75 5.25h4.5"></path>
                            </svg>
                            <h2 class="greeting__title">"Hello, how can we help?"</h2>
                            <p class="greeting__words">
                                "Write to us here and a person will answer. The conversation stays in this window, also when you come back later."
                            </p>
                        </section>
                    </div>
                    <div id="rows"></div>
                    <p class="thread__waiting" hidden=panel.flag(|look| !look.is_waiting())>
                        <svg class="icon" width="18" height="18" viewBox="0 0 24 24" aria-hidden="true">
                            <path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM12 6v6l4 2"></path>
                        </svg>
                        "We have your message. Somebody will be with you soon; you can close this and come back."
                    </p>
                </div>
            </div>
            <p class="thread__typing" role="status">{panel.words(|look| look.typing.clone())}</p>
            <button class="thread__new" type="button" hidden=panel.flag(|look| !look.has_news) on:click=move |_| to_newest(panel)>
                "New messages"
                <svg class="icon" width="16" height="16" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M12 5v14M19 12l-7 7-7-7"></path>
                </svg>
            </button>
        </div>
    }
}

/// Shows these rows. Who reads the newest goes on reading the newest; who is up in the history
/// stays there, and is told.
pub(crate) fn show(panel: Panel, lines: Vec<(RowKey, Line)>) {
    let (Some(scroller), Some(rows)) = (element("thread"), element("rows")) else {
        return;
    };
    let height = scroller.scroll_height();
    let is_fresh = lines.last().is_some_and(|(_, line)| line.is_on_its_way());
    let last = rows.last_element_child();
    ROWS.with_borrow_mut(|show| {
        let show = show.get_or_insert_with(|| {
            Box::new(list::keep(rows.clone(), move |line| row(line, panel)))
        });
        show(lines);
    });
    if rows.last_element_child() == last {
        return;
    }
    if is_fresh || !panel.is(|look| look.is_up) {
        to_newest(panel);
    } else {
        let grown = scroller.scroll_height() - height;
        scroller.set_scroll_top(scroller.scroll_top() - grown);
        panel.show(&|look| look.has_news = true);
    }
}

/// Puts the caret where one writes.
pub(crate) fn focus_composer() {
    if let Some(field) = element("composer-text") {
        let _ = field.unchecked_into::<HtmlElement>().focus();
    }
}

/// The same, unless there is no mouse: on a touch screen it would bring up the keyboard, unasked.
pub(crate) fn focus_composer_with_mouse() {
    let query = window().match_media("(pointer: fine)").ok().flatten();
    if query.is_some_and(|query| query.matches()) {
        focus_composer();
    }
}

fn scrolled(panel: Panel) {
    let Some(scroller) = element("thread") else {
        return;
    };
    let is_up = scroller.scroll_top() < -NEAR_PX;
    if is_up != panel.is(|look| look.is_up) {
        panel.show(&|look| {
            look.is_up = is_up;
            look.has_news &= is_up;
        });
        panel.attend();
    }
    let above = scroller.scroll_height() - scroller.client_height() + scroller.scroll_top();
    if above < NEAR_PX {
        panel.load_older();
    }
}

fn to_newest(panel: Panel) {
    if let Some(scroller) = element("thread") {
        scroller.set_scroll_top(0);
    }
    panel.show(&|look| look.has_news = false);
}

fn element(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}
