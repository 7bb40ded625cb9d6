//! The head of the panel: the agent or the site, and whether an agent is online.

use leptos::prelude::*;

use crate::panel::Panel;
use crate::text;
use crate::view_model::ViewModel;

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
                <h1 class="head__name" prop:textContent=panel.text(ViewModel::title)></h1>
                <p class="head__state" class:head__state--live=panel.flag(ViewModel::is_live) class:head__state--away=panel.flag(ViewModel::is_unattended) prop:textContent=panel.text(ViewModel::subtitle)></p>
            </div>
            <button class="head__close" type="button" aria-label=text::CLOSE_CHAT on:click=move |_| panel.close()>
                <svg class="icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M18 6 6 18M6 6l12 12"></path>
                </svg>
            </button>
        </header>
    }
}
