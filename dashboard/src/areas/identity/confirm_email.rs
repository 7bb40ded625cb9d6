//! `/app/confirm-email#TOKEN`: confirms the new e-mail address of an account.

use leptos::prelude::*;

use crate::api::Anonymous;
use crate::areas::identity::link_page::{LinkPage, LinkText};
use crate::shell::entry::Entry;
use crate::shell::route::{Route, Section};
use crate::shell::screen_link::ScreenLink;
use crate::shell::session::SessionStore;
use crate::text::{auth as text, shell};

const WORDS: LinkText = LinkText {
    title: text::CONFIRM_TITLE,
    lead: text::CONFIRM_LEAD,
    button: text::VERIFY_BUTTON,
};

#[component]
pub(crate) fn ConfirmEmailPage(token: String) -> impl IntoView {
    view! {
        <LinkPage token words=WORDS request=|token| Box::pin(Anonymous.confirm_email(token)) done expired/>
    }
}

fn done() -> AnyView {
    // A member who is signed in here has the new address from now on.
    expect_context::<SessionStore>().refresh();
    let title = text::CONFIRMED_TITLE;
    result(title, text::CONFIRMED_LEAD, Route::Inbox, shell::OPEN_INBOX)
}

fn expired() -> AnyView {
    let to = Route::Settings(Section::Account);
    result(
        text::LINK_EXPIRED,
        text::CONFIRM_EXPIRED,
        to,
        text::OPEN_SETTINGS,
    )
}

fn result(title: &'static str, lead: &'static str, to: Route, label: &'static str) -> AnyView {
    view! {
        <Entry title lead>
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to>{label}</ScreenLink>
            </div>
        </Entry>
    }
    .into_any()
}
