//! The region of the page that shows [`Toasts`](crate::ui::toasts::Toasts).

use leptos::prelude::*;

use crate::text::shell::DISMISS;
use crate::ui::icon::Icon;
use crate::ui::toasts::Toasts;

#[component]
pub(crate) fn ToastRegion() -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.list() key=|toast| toast.id let(toast)>
                <div class="toast">
                    <span dir="auto">{toast.text.clone()}</span>
                    {toast.action.map(|(label, act)| view! {
                        <button
                            type="button"
                            class="button toast-action"
                            on:click=move |_| { toasts.dismiss(toast.id); act.run(()) }
                        >
                            {label}
                        </button>
                    })}
                    <button
                        type="button"
                        class="button button-quiet button-icon"
                        aria-label=DISMISS
                        on:click=move |_| toasts.dismiss(toast.id)
                    >
                        {Icon::Close.small()}
                    </button>
                </div>
            </For>
        </div>
    }
}
