//! Instead of everything, while the server does not answer, or only says that it is closed.

use leptos::prelude::*;

use crate::api::ApiError;
use crate::components::button::Button;
use crate::components::entry::Entry;
use crate::state::session::SessionStore;

#[component]
pub(crate) fn UnreachablePage(error: ApiError) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    session.keep_looking();
    let title = match error.maintenance() {
        Some(_) => "Deskbell is closed for a while",
        None => "Deskbell cannot be reached",
    };
    view! {
        <Entry title lead=error.message()>
            <div class="entry-body">
                <p>"You need not do anything: this page goes on as soon as that is over."</p>
                <Button class="button-large" on_press=move |()| session.look_again()>"Try again"</Button>
            </div>
        </Entry>
    }
}
