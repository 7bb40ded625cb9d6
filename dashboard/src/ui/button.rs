//! A button whose action may take a while: a busy one has the same width and cannot be pressed.

use leptos::prelude::*;

#[component]
pub(crate) fn Button(
    /// `button-primary`, `button-danger`, `button-quiet`, or nothing.
    #[prop(optional)]
    class: &'static str,
    /// The tooltip, with the shortcut in it.
    #[prop(optional)]
    title: &'static str,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(into)] on_press: Callback<()>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("button {class}")
            title=(!title.is_empty()).then_some(title)
            aria-busy=move || busy.get().to_string()
            on:click=move |_| if !busy.get_untracked() { on_press.run(()) }
        >
            {children()}
        </button>
    }
}
