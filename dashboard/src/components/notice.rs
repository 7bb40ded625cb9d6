//! What stands where there is nothing to show.

use leptos::prelude::*;

use crate::components::button::Button;

/// Nothing here yet: a drawing, a sentence, and how that changes.
#[component]
pub(crate) fn EmptyNotice(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="notice">
            <svg class="notice-drawing" viewBox="0 0 132 96" aria-hidden="true">
                <path d="M8 82h116"></path>
                <path d="M20 82V64h28M84 64h28v18"></path>
                <path d="M96 64V50h10l4 6"></path>
                <path d="M26 64V44a3 3 0 0 1 3-3h11a3 3 0 0 1 3 3v20"></path>
                <path d="M31 48h7M31 53h7M31 58h4"></path>
                <g class="notice-brass">
                    <path d="M46 64h40a4 4 0 0 1 0 6H46a4 4 0 0 1 0-6z"></path>
                    <path d="M49 60a17 17 0 0 1 34 0z"></path>
                    <path d="M66 43v-5M62.500 36.500a3.500 2.500 0 1 1 7 0z"></path>
                    <path d="M56 55a10.500 10.500 0 0 1 5-5.500"></path>
                </g>
                <path d="M50 27l-4-5M66 23v-7M82 27l4-5"></path>
            </svg>
            <strong>{title}</strong>
            {children()}
        </div>
    }
}

/// Something did not work: what, and another try.
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
            <Button on_press=on_retry>"Try again"</Button>
        </div>
    }
}
