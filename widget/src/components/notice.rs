//! The notice that replaces the thread when the panel could not start.

use leptos::prelude::*;

use crate::panel::Panel;
use crate::text;
use crate::view_model::ViewModel;

/// The start error, with a "Try again" button if another attempt can succeed.
#[component]
pub(crate) fn Notice(panel: Panel) -> impl IntoView {
    view! {
        <section class="notice" role="alert" hidden=panel.flag(|view| !view.has_failed())>
            <svg class="icon" width="40" height="40" viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20ZM12 8v4M12 16h.01"></path>
            </svg>
            <h2 class="notice__title" prop:textContent=panel.text(ViewModel::error_title)></h2>
            <p class="notice__words" prop:textContent=panel.text(ViewModel::error_detail)></p>
            <button
                class="button"
                type="button"
                hidden=panel.flag(|view| !view.can_try_again())
                on:click=move |_| panel.start()
            >
                {text::TRY_AGAIN}
            </button>
        </section>
    }
}
