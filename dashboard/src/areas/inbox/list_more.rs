//! The button at the end of the list that loads the next page.

use leptos::prelude::*;

use crate::areas::inbox::inbox_store::use_inbox;
use crate::text::inbox as text;

/// Scrolling here loads more, too; the button is for keyboards and short lists.
#[component]
pub(crate) fn ListMore() -> impl IntoView {
    let inbox = use_inbox();
    let has_more = Memo::new(move |_| inbox.next_cursor.with(Option::is_some));
    let words = move || match inbox.is_listing.get() {
        true => text::LOADING_MORE,
        false => text::LOAD_MORE,
    };
    view! {
        <Show when=move || has_more.get()>
            <button
                type="button"
                class="list-more"
                aria-busy=move || inbox.is_listing.get().to_string()
                prop:textContent=words
                on:click=move |_| inbox.list_more()
            ></button>
        </Show>
    }
}
