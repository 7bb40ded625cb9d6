//! Notices in place of content: nothing there yet, or an error.

use leptos::prelude::*;

use crate::text::shell::TRY_AGAIN;
use crate::ui::button::Button;
use crate::ui::icon::Icon;

/// An empty state: a title, a sentence, and an action.
#[component]
pub(crate) fn EmptyNotice(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="notice">
            <span class="notice-icon">{Icon::Inbox.large()}</span>
            <strong>{title}</strong>
            {children()}
        </div>
    }
}

/// An error: what happened, and a button to try again.
#[component]
pub(crate) fn ErrorNotice(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="notice" role="alert">
            <strong>{title}</strong>
            <p>{text}</p>
            <Button on_press=on_retry>{TRY_AGAIN}</Button>
        </div>
    }
}
