//! The sentences of [`Toasts`](crate::state::toasts::Toasts) on the screen.

use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::state::toasts::Toasts;

#[component]
pub(crate) fn ToastShelf() -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.list() key=|toast| toast.id let(toast)>
                <div class="toast">
                    <span>{toast.text.clone()}</span>
                    <button
                        type="button"
                        class="button button-quiet"
                        aria-label="Dismiss"
                        on:click=move |_| toasts.dismiss(toast.id)
                    >
                        {Icon::Close.small()}
                    </button>
                </div>
            </For>
        </div>
    }
}
