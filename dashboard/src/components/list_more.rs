//! The end of the list, while it is not the end of what there is.

use leptos::prelude::*;

use crate::state::desk::use_desk;

/// Scrolling here loads more; the button is for those who do not scroll.
#[component]
pub(crate) fn ListMore() -> impl IntoView {
    let desk = use_desk();
    let has_more = Memo::new(move |_| desk.next_cursor.with(Option::is_some));
    let words = move || match desk.is_listing.get() {
        true => "Loading older conversations…",
        false => "Show older conversations",
    };
    view! {
        <Show when=move || has_more.get()>
            <button
                type="button"
                class="list-more"
                aria-busy=move || desk.is_listing.get().to_string()
                on:click=move |_| desk.list_more()
            >
                {words}
            </button>
        </Show>
    }
}
