//! The composer, and the note that replaces it in a closed conversation.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::thread::focus_composer;
use crate::panel::Panel;
use crate::text;
use crate::view_model::ViewModel;

/// The text field and the send button. Enter sends, Shift+Enter starts a new line.
#[component]
pub(crate) fn Composer(panel: Panel) -> impl IntoView {
    let send = move || {
        panel.send();
        focus_composer();
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() {
            event.prevent_default();
            send();
        }
    };
    view! {
        <div class="composer" hidden=panel.flag(|view| view.is_closed() || view.has_failed())>
            <div class="composer__field">
                <div class="composer__grow" data-text=panel.text(|view| view.draft.clone())>
                    <textarea
                        id="composer-text"
                        rows="1"
                        aria-label=text::MESSAGE
                        placeholder=text::WRITE_A_MESSAGE
                        enterkeyhint="send"
                        prop:value=panel.text(|view| view.draft.clone())
                        on:input=move |event| panel.set_draft(&event_target_value(&event))
                        on:keydown=on_key
                    ></textarea>
                </div>
                <button
                    class="composer__send"
                    type="button"
                    aria-label=text::SEND
                    aria-disabled=panel.text(|view| String::from(if view.can_send() { "false" } else { "true" }))
                    on:click=move |_| send()
                >
                    <svg class="icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true">
                        <path d="m5 12 7-7 7 7M12 19V5"></path>
                    </svg>
                </button>
            </div>
            <p class="composer__count" role="status" class:composer__count--over=panel.flag(ViewModel::is_too_long) prop:textContent=panel.text(ViewModel::count)></p>
        </div>
    }
}

/// The note below a closed conversation, with a button that starts a new one.
#[component]
pub(crate) fn ClosedNote(panel: Panel) -> impl IntoView {
    view! {
        <div class="composer" hidden=panel.flag(|view| !view.is_closed() || view.has_failed())>
            <div class="composer__ended">
                <p>{text::CLOSED_DETAIL}</p>
                <button class="button" type="button" on:click=move |_| panel.start_new_conversation()>
                    {text::START_NEW}
                </button>
            </div>
        </div>
    }
}
