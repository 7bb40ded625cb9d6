//! Whom one talks to, and whether they can hear.

use leptos::prelude::*;

use crate::look::Look;
use crate::panel::Panel;

/// The panel's head, in the site's colour.
#[component]
pub(crate) fn Head(panel: Panel) -> impl IntoView {
    view! {
        <header class="head">
            <span class="head__mark">
                <svg class="icon" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
                    <path class="icon__solid" d="M4 16.5a8 8 0 0 1 16 0Z"></path>
                    <path d="M2.75 20h18.5M12 8.25V5.5M9.75 5.25h4.5"></path>
                </svg>
            </span>
            <div class="head__words">
                <h1 class="head__name">{panel.words(Look::title)}</h1>
                <p class="head__state" class:head__state--live=panel.flag(Look::is_live) class:head__state--away=panel.flag(|look| look.is_away)>{panel.words(Look::state)}</p>
            </div>
            <button class="head__close" type="button" aria-label="Close chat" on:click=move |_| panel.close()>
                <svg class="icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M18 6 6 18M6 6l12 12"></path>
                </svg>
            </button>
        </header>
    }
}
