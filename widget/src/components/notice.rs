//! What stands where the thread would be when the panel cannot begin.

use leptos::prelude::*;

use crate::look::Look;
use crate::panel::Panel;

/// What happened, and what can be done.
#[component]
pub(crate) fn Notice(panel: Panel) -> impl IntoView {
    view! {
        <section class="notice" role="alert" hidden=panel.flag(|look| !look.has_failed())>
            <svg class="icon" width="40" height="40" viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM12 8v4M12 16h.01"></path>
            </svg>
            <h2 class="notice__title">{panel.words(Look::notice_title)}</h2>
            <p class="notice__words">{panel.words(Look::notice_words)}</p>
            <button
                class="button"
                type="button"
                hidden=panel.flag(|look| !look.can_try_again())
                on:click=move |_| panel.begin()
            >
                "Try again"
            </button>
        </section>
    }
}
