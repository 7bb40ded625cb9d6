//! `/app/confirm-email#TOKEN`: an account gets another address.

use leptos::prelude::*;

use crate::api::Anonymous;
use crate::components::entry::Entry;
use crate::components::screen_link::ScreenLink;
use crate::pages::link::FollowedLink;
use crate::state::route::{Route, Section};
use crate::state::session::SessionStore;

#[component]
pub(crate) fn ConfirmEmailPage(token: String) -> impl IntoView {
    view! {
        <FollowedLink token follow=|token| Box::pin(Anonymous.confirm_email(token)) done too_old/>
    }
}

fn done() -> AnyView {
    // Whoever is signed in here is shown with the new address from now on.
    expect_context::<SessionStore>().look_again();
    view! {
        <Entry title="You have a new address" lead="It counts from now on, also for signing in.">
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::Inbox>"Open the inbox"</ScreenLink>
            </div>
        </Entry>
    }
    .into_any()
}

fn too_old() -> AnyView {
    view! {
        <Entry
            title="This link is not good any more"
            lead="It has been followed already, or a day has passed. If your address is still the old one, begin again in your settings."
        >
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::Settings(Section::Account)>"Open the settings"</ScreenLink>
            </div>
        </Entry>
    }
    .into_any()
}
