//! The shape of what is still loading.

use leptos::prelude::*;

#[component]
pub(crate) fn ListSkeleton(
    /// What is loading, as in `conversations`.
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
    view! { <div class="skeleton" role="status" aria-label=format!("Loading {what}")>{[(); 6].map(|()| row())}</div> }
}

#[component]
pub(crate) fn ThreadSkeleton() -> impl IntoView {
    view! {
        <div class="skeleton skeleton-thread" role="status" aria-label="Loading messages">
            {[(); 4].map(|()| view! { <div class="skeleton-bubble"></div> })}
        </div>
    }
}
