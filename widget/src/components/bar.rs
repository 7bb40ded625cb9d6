//! The bar below the head that shows a lost connection.

use leptos::prelude::*;

use crate::panel::Panel;
use crate::text;

/// The notice that the panel reconnects, or that it has stopped. Each text is announced once.
#[component]
pub(crate) fn Bar(panel: Panel) -> impl IntoView {
    view! {
        <div role="status">
            <p class="bar" hidden=panel.flag(|view| !view.is_reconnecting())>
                {text::RECONNECTING}
                <button class="button-link" type="button" on:click=move |_| panel.retry_now()>{text::RETRY_NOW}</button>
            </p>
            <p class="bar" hidden=panel.flag(|view| !view.is_stopped())>
                {text::DISCONNECTED}
            </p>
        </div>
    }
}
