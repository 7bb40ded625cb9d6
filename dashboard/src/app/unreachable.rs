//! The page while the server does not answer, or answers that it is under maintenance.

use leptos::prelude::*;

use crate::api::ApiError;
use crate::shell::entry::Entry;
use crate::shell::session::SessionStore;
use crate::text::{auth as text, shell};
use crate::ui::button::Button;

#[component]
pub(crate) fn UnreachablePage(error: ApiError) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    session.poll();
    let title = match error.maintenance() {
        Some(_) => shell::DOWN_FOR_MAINTENANCE,
        None => text::UNREACHABLE,
    };
    view! {
        <Entry title lead=error.message()>
            <div class="entry-body">
                <p>{text::UNREACHABLE_LEAD}</p>
                <Button class="button-large" on_press=move |()| session.refresh()>{shell::TRY_AGAIN}</Button>
            </div>
        </Entry>
    }
}
