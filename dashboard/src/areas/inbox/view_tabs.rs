//! The views of the list: open, resolved, closed.

use leptos::prelude::*;

use crate::areas::inbox::groups::View;
use crate::text::inbox as text;

#[component]
pub(crate) fn ViewTabs(view: RwSignal<View>) -> impl IntoView {
    let tab = move |it: View| {
        view! {
            <button
                type="button"
                class="view-tab"
                aria-pressed=move || (view.get() == it).to_string()
                on:click=move |_| view.set(it)
            >
                {it.title()}
            </button>
        }
    };
    view! { <div class="view-tabs" role="group" aria-label=text::VIEWS>{View::ALL.map(tab)}</div> }
}
