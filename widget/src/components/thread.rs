//! The thread: the messages of the conversation, the newest at the bottom.
//!
//! The scroller is reversed (`column-reverse`), so `scroll_top` is zero at the newest message and
//! negative above it. So older messages that are added at the top do not move the others. When the
//! visitor has scrolled up, a new message does not move them either: the distance from the top is
//! restored.

mod list;

use std::cell::RefCell;

use deskbell_engine::RowKey;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::row::row;
use crate::panel::Panel;
use crate::text;
use crate::view_model::rows_view::RowView;
use crate::view_model::{OlderMessages, ViewModel};

/// The distance from the bottom within which the newest message counts as in sight, and from the top
/// within which older messages are loaded.
const NEAR_PX: i32 = 60;

type ShowRows = Box<dyn FnMut(Vec<(RowKey, RowView)>)>;

thread_local! {
    /// The function that updates the rows in the DOM, once the DOM exists.
    static ROWS: RefCell<Option<ShowRows>> = const { RefCell::new(None) };
}

/// The messages, with the greeting before the first one, the note while the conversation waits, and the
/// button that scrolls to new messages.
#[component]
pub(crate) fn Thread(panel: Panel) -> impl IntoView {
    view! {
        <div class="thread" hidden=panel.flag(ViewModel::has_failed)>
            <div class="thread__scroller" id="thread" tabindex="0" role="region" aria-label=text::MESSAGES on:scroll=move |_| on_scroll(panel)>
                <div class="thread__lines">
                    <p class="thread__older" hidden=panel.flag(|view| view.older != OlderMessages::Loading)>{text::LOADING_OLDER}</p>
                    <div hidden=panel.flag(|view| !view.is_new())>
                        <section class="greeting">
                            <svg class="icon" width="40" height="40" viewBox="0 0 24 24" aria-hidden="true">
                                <path class="icon__solid" d="M4 16.5a8 8 0 0 1 16 0Z"></path>
                                <path d="M2.75 20h18.5M12 8.25V5.5M9.75 5.25h4.5"></path>
                            </svg>
                            <h2 class="greeting__title" prop:textContent=panel.text(|_| text::GREETING.into())></h2>
                            <p class="greeting__words" prop:textContent=panel.text(ViewModel::greeting)></p>
                        </section>
                    </div>
                    <div id="rows"></div>
                    <p class="thread__waiting" hidden=panel.flag(|view| !view.is_waiting())>
                        <svg class="icon" width="18" height="18" viewBox="0 0 24 24" aria-hidden="true">
                            <path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM12 6v6l4 2"></path>
                        </svg>
                        <span prop:textContent=panel.text(ViewModel::received)></span>
                    </p>
                </div>
            </div>
            <p class="for-readers" role="log" prop:textContent=panel.text(|view| view.announcement.clone())></p>
            <p class="thread__typing" role="status" prop:textContent=panel.text(|view| view.typing.clone())></p>
            <button class="thread__new" type="button" hidden=panel.flag(|view| !view.has_new_below) on:click=move |_| scroll_to_newest(panel)>
                {text::NEW_MESSAGES}
                <svg class="icon" width="16" height="16" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M12 5v14M19 12l-7 7-7-7"></path>
                </svg>
            </button>
        </div>
    }
}

/// Shows the rows. At the newest message the thread scrolls with new ones. Further up it stays where it
/// is, and the button for new messages appears.
pub(crate) fn show(panel: Panel, views: Vec<(RowKey, RowView)>) {
    let (Some(scroller), Some(rows)) = (element("thread"), element("rows")) else {
        return;
    };
    let height = scroller.scroll_height();
    let is_own = views.last().is_some_and(|(_, view)| view.is_unsent());
    let last = rows.last_element_child();
    ROWS.with_borrow_mut(|show| {
        let show = show.get_or_insert_with(|| {
            Box::new(list::keyed(rows.clone(), move |view| row(view, panel)))
        });
        show(views);
    });
    if rows.last_element_child() == last {
        return;
    }
    if is_own || !panel.is(|view| view.is_scrolled_up) {
        scroll_to_newest(panel);
    } else {
        let grown = scroller.scroll_height() - height;
        scroller.set_scroll_top(scroller.scroll_top() - grown);
        panel.update(&|view| view.has_new_below = true);
    }
}

/// Moves the focus to the composer.
pub(crate) fn focus_composer() {
    if let Some(field) = element("composer-text") {
        let _ = field.unchecked_into::<HtmlElement>().focus();
    }
}

/// Moves the focus to the composer on a device with a mouse. On a touch screen the focus would bring up
/// the keyboard.
pub(crate) fn focus_composer_with_mouse() {
    let query = window().match_media("(pointer: fine)").ok().flatten();
    if query.is_some_and(|query| query.matches()) {
        focus_composer();
    }
}

fn on_scroll(panel: Panel) {
    let Some(scroller) = element("thread") else {
        return;
    };
    let is_scrolled_up = scroller.scroll_top() < -NEAR_PX;
    if is_scrolled_up != panel.is(|view| view.is_scrolled_up) {
        panel.update(&|view| {
            view.is_scrolled_up = is_scrolled_up;
            view.has_new_below &= is_scrolled_up;
        });
        panel.report_newest_visible();
    }
    let above = scroller.scroll_height() - scroller.client_height() + scroller.scroll_top();
    if above < NEAR_PX {
        panel.load_older();
    }
}

fn scroll_to_newest(panel: Panel) {
    if let Some(scroller) = element("thread") {
        scroller.set_scroll_top(0);
    }
    panel.update(&|view| view.has_new_below = false);
}

fn element(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}
