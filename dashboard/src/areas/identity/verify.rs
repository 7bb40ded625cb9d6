//! `/app/verify#TOKEN`: confirms the e-mail address of a new account.

use leptos::prelude::*;

use crate::api::Anonymous;
use crate::areas::identity::link_page::{LinkPage, LinkText};
use crate::shell::entry::Entry;
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::text::auth as text;

const WORDS: LinkText = LinkText {
    title: text::VERIFY_TITLE,
    lead: text::VERIFY_LEAD,
    button: text::VERIFY_BUTTON,
};

#[component]
pub(crate) fn VerifyPage(token: String) -> impl IntoView {
    view! {
        <LinkPage token words=WORDS request=|token| Box::pin(Anonymous.verify_email(token)) done expired/>
    }
}

fn done() -> AnyView {
    result(text::VERIFIED_TITLE, text::VERIFIED_LEAD)
}

fn expired() -> AnyView {
    result(text::LINK_EXPIRED, text::VERIFY_EXPIRED)
}

fn result(title: &'static str, lead: &'static str) -> AnyView {
    view! {
        <Entry title lead>
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>{text::SIGN_IN}</ScreenLink>
            </div>
        </Entry>
    }
    .into_any()
}
