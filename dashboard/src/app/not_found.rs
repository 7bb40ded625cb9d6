//! The page of an address that does not exist.

use leptos::prelude::*;

use crate::shell::entry::Entry;
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::text::shell as text;

#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    view! {
        <Entry title=text::PAGE_NOT_FOUND lead=text::PAGE_NOT_FOUND_LEAD>
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::Inbox>{text::OPEN_INBOX}</ScreenLink>
            </div>
        </Entry>
    }
}
