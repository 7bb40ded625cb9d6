//! The thin bar that says that the connection is gone.

use leptos::prelude::*;

use crate::panel::Panel;

/// Says "Reconnecting…", or that it will not.
#[component]
pub(crate) fn Bar(panel: Panel) -> impl IntoView {
    view! {
        <div role="status">
            <p class="bar" hidden=panel.flag(|look| !look.is_reconnecting())>
                "Reconnecting… Your words are kept."
                <button class="button-link" type="button" on:click=move |_| panel.retry_now()>"Retry now"</button>
            </p>
            <p class="bar" hidden=panel.flag(|look| !look.is_stopped())>
                "This connection has ended. Reload the page to go on."
            </p>
        </div>
    }
}
