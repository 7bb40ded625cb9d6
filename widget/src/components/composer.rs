//! Where one writes, and what stands there when the conversation has ended.

use deskbell_protocol::limits::TEXT_CHARS;
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

use super::icon::{ARROW_UP, Icon};
use crate::state::{Panel, Phase};

/// From here on the count is shown.
const COUNT_FROM: usize = TEXT_CHARS / 10 * 9;

/// The text field: Enter sends, Shift and Enter begin a new line.
#[component]
pub(crate) fn Composer(panel: Panel) -> impl IntoView {
    let field = NodeRef::<Textarea>::new();
    let count = Memo::new(move |_| panel.draft.with(|text| text.chars().count()));
    let is_near = Memo::new(move |_| count.get() >= COUNT_FROM);
    let is_over = Memo::new(move |_| count.get() > TEXT_CHARS);
    let can_send = Memo::new(move |_| {
        !is_over.get()
            && panel.phase.get() == Phase::Ready
            && panel.draft.with(|text| !text.trim().is_empty())
    });

    let focus = move || {
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    Effect::new(move |_| {
        // On a touch screen the focus would bring up the keyboard, unasked.
        if panel.is_open.get() && field.get().is_some() && has_mouse() {
            focus();
        }
    });
    let send = move || {
        if can_send.get_untracked() {
            panel.send();
        }
        focus();
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };

    view! {
        <div class="composer">
            <div class="composer__field">
                <div class="composer__grow" data-text=panel.draft>
                    <textarea
                        node_ref=field
                        rows="1"
                        aria-label="Message"
                        placeholder="Write a message…"
                        enterkeyhint="send"
                        prop:value=panel.draft
                        on:input=move |event| panel.write(event_target_value(&event))
                        on:keydown=on_key
                    ></textarea>
                </div>
                <button
                    class="composer__send"
                    type="button"
                    aria-label="Send"
                    aria-disabled=move || (!can_send.get()).to_string()
                    on:click=move |_| send()
                >
                    <Icon path=ARROW_UP size=20 />
                </button>
            </div>
            <div role="status">
                {move || is_near.get().then(|| view! {
                    <p class="composer__count" class:composer__count--over=move || is_over.get()>
                        {move || format!("{} / {TEXT_CHARS}", count.get())}
                    </p>
                })}
            </div>
        </div>
    }
}

/// The end of a closed conversation.
#[component]
pub(crate) fn Ended(on_start: impl Fn() + 'static) -> impl IntoView {
    view! {
        <div class="composer">
            <div class="composer__ended">
                <p>"This conversation has ended. You can still read it."</p>
                <button class="button" type="button" on:click=move |_| on_start()>"Start a new conversation"</button>
            </div>
        </div>
    }
}

fn has_mouse() -> bool {
    window()
        .match_media("(pointer: fine)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}
