//! A link to another screen that does not load the page again.

use leptos::prelude::*;

use crate::shell::navigator::Navigator;
use crate::shell::route::Route;

#[component]
pub(crate) fn ScreenLink(
    to: Route,
    #[prop(optional)] class: &'static str,
    /// Whether that screen is shown.
    #[prop(optional, into)]
    current: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let follow = move |event: leptos::ev::MouseEvent| {
        // With a modifier key the browser opens a tab or a window.
        if event.button() == 0 && !event.ctrl_key() && !event.meta_key() && !event.shift_key() {
            event.prevent_default();
            navigator.go(to);
        }
    };
    view! {
        <a
            class=(!class.is_empty()).then_some(class)
            href=to.path()
            aria-current=move || current.get().then_some("page")
            on:click=follow
        >
            {children()}
        </a>
    }
}
