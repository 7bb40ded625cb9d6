//! `/app/verify#TOKEN`: the address of an account is its owner's.

use leptos::prelude::*;

use crate::api::Anonymous;
use crate::components::entry::Entry;
use crate::components::screen_link::ScreenLink;
use crate::pages::link::FollowedLink;
use crate::state::route::Route;

#[component]
pub(crate) fn VerifyPage(token: String) -> impl IntoView {
    view! {
        <FollowedLink token follow=|token| Box::pin(Anonymous.verify_email(token)) done too_old/>
    }
}

fn done() -> AnyView {
    view! {
        <Entry title="Your address is confirmed" lead="Everything is ready for you.">
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>"Sign in"</ScreenLink>
            </div>
        </Entry>
    }
    .into_any()
}

fn too_old() -> AnyView {
    view! {
        <Entry
            title="This link is not good any more"
            lead="It has been followed already, or two days have passed. Sign in: if your address is still to be confirmed, you can have another link sent there."
        >
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>"Sign in"</ScreenLink>
            </div>
        </Entry>
    }
    .into_any()
}
