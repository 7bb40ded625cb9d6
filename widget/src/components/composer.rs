//! Where one writes, and what stands there when the conversation has ended.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::thread::focus_composer;
use crate::look::Look;
use crate::panel::Panel;

/// The text field: Enter sends, Shift and Enter begin a new line.
#[component]
pub(crate) fn Composer(panel: Panel) -> impl IntoView {
    let send = move || {
        panel.send();
        focus_composer();
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    view! {
        <div class="composer" hidden=panel.flag(|look| look.is_ended() || look.has_failed())>
            <div class="composer__field">
                <div class="composer__grow" data-text=panel.words(|look| look.draft.clone())>
                    <textarea
                        id="composer-text"
                        rows="1"
                        aria-label="Message"
                        placeholder="Write a message…"
                        enterkeyhint="send"
                        prop:value=panel.words(|look| look.draft.clone())
                        on:input=move |event| panel.write(&event_target_value(&event))
                        on:keydown=on_key
                    ></textarea>
                </div>
                <button
                    class="composer__send"
                    type="button"
                    aria-label="Send"
                    aria-disabled=panel.words(|look| String::from(if look.can_send() { "false" } else { "true" }))
                    on:click=move |_| send()
                >
                    <svg class="icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true">
                        <path d="m5 12 7-7 7 7M12 19V5"></path>
                    </svg>
                </button>
            </div>
            <p class="composer__count" role="status" class:composer__count--over=panel.flag(Look::is_too_long)>
                {panel.words(Look::count)}
            </p>
        </div>
    }
}

/// The end of a closed conversation.
#[component]
pub(crate) fn Ended(panel: Panel) -> impl IntoView {
    view! {
        <div class="composer" hidden=panel.flag(|look| !look.is_ended() || look.has_failed())>
            <div class="composer__ended">
                <p>"This conversation has ended. You can still read it."</p>
                <button class="button" type="button" on:click=move |_| panel.start_new()>
                    "Start a new conversation"
                </button>
            </div>
        </div>
    }
}
