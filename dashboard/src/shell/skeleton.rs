//! Placeholders while content is loading.

use leptos::prelude::*;

use crate::text::shell as text;
use crate::text::thread::MESSAGES;

#[component]
pub(crate) fn ListSkeleton(
    /// The name of the content that is loading.
    what: &'static str,
) -> impl IntoView {
    let row = || {
        view! {
            <div class="skeleton-row">
                <div class="skeleton-face"></div>
                <div class="skeleton-lines">
                    <div class="skeleton-bar"></div>
                    <div class="skeleton-bar"></div>
                </div>
            </div>
        }
    };
    view! { <div class="skeleton" role="status" aria-label=text::loading(what)>{[(); 6].map(|()| row())}</div> }
}

#[component]
pub(crate) fn ThreadSkeleton() -> impl IntoView {
    view! {
        <div class="skeleton skeleton-thread" role="status" aria-label=text::loading(MESSAGES)>
            {[(); 4].map(|()| view! { <div class="skeleton-bubble"></div> })}
        </div>
    }
}
