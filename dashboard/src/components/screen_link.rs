//! Leads to another screen of the program without loading it anew.

use leptos::prelude::*;

use crate::state::navigator::Navigator;
use crate::state::route::Route;

#[component]
pub(crate) fn ScreenLink(
    to: Route,
    #[prop(optional)] class: &'static str,
    /// Whether one is there already.
    #[prop(optional, into)]
    current: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let follow = move |event: leptos::ev::MouseEvent| {
        // With a key held down it is the browser's: a new tab, a new window.
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
