//! The product's mark: a desk bell.

use leptos::prelude::*;

#[component]
pub(crate) fn BellMark(#[prop(optional)] large: bool) -> impl IntoView {
    view! {
        <svg class="bell-mark" class:bell-mark-large=large viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
            <circle cx="12" cy="5.5" r="1.75"></circle>
            <path d="M11.25 6.5h1.5v2.2h-1.5z"></path>
            <path d="M4 16a8 8 0 0 1 16 0z"></path>
            <rect x="2.5" y="17.25" width="19" height="2.75" rx="1.375"></rect>
        </svg>
    }
}
