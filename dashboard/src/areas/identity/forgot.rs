//! `/app/forgot`: requests a link to reset the password.

use deskbell_protocol::api::identity::setup::SetupState;
use leptos::prelude::*;

use crate::api::Anonymous;
use crate::shell::entry::Entry;
use crate::shell::form::Form;
use crate::shell::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::shell::server_features::{is_mailless, use_server_features};
use crate::text::auth as text;
use crate::ui::field::{Field, FieldKind};

#[component]
pub(crate) fn ForgotPage() -> impl IntoView {
    let form = Form::new(&["email"]);
    let email = RwSignal::new(String::new());
    let sent_to = RwSignal::new(None::<String>);
    let features = use_server_features();
    let by_mail = move |with: &'static str, without: &'static str| match is_mailless(features) {
        false => with,
        true => without,
    };
    let lead =
        Signal::derive(move || by_mail(text::FORGOT_LEAD, text::FORGOT_MAILLESS_LEAD).to_owned());
    let label = move || by_mail(text::FORGOT_SUBMIT, text::FORGOT_MAILLESS_SUBMIT);
    let submit = move || {
        let address = email.get_untracked().trim().to_owned();
        let work = Anonymous.forgot_password(address.clone());
        form.send(work, move |()| sent_to.set(Some(address)));
    };
    move || {
        match sent_to.get() {
        Some(email) => view! { <LinkSent email features/> }.into_any(),
        None => view! {
            <Entry title=text::RESET_TITLE lead>
                <form novalidate on:submit=on_submit(submit)>
                    <FormMessage form/>
                    <Field name="email" label=text::EMAIL kind=FieldKind::Username value=email
                        error=form.of_field("email")/>
                    <SubmitButton class="button-large" form><span prop:textContent=label></span></SubmitButton>
                    <nav class="entry-links" aria-label=text::OTHER_OPTIONS>
                        <ScreenLink to=Route::SignIn>{text::BACK_TO_SIGN_IN}</ScreenLink>
                    </nav>
                </form>
            </Entry>
        }
        .into_any(),
    }
    }
}

/// Says the same whether or not the address has an account.
#[component]
fn LinkSent(email: String, features: RwSignal<Option<SetupState>>) -> impl IntoView {
    let lead = Signal::derive(move || match is_mailless(features) {
        false => text::forgot_sent(&email),
        true => text::forgot_mailless(&email),
    });
    let title = Signal::derive(move || match is_mailless(features) {
        false => text::CHECK_EMAIL.to_owned(),
        true => text::ASK_OPERATOR.to_owned(),
    });
    view! {
        <Entry title lead>
            <div class="entry-body">
                <nav class="entry-links" aria-label=text::OTHER_OPTIONS>
                    <ScreenLink to=Route::SignIn>{text::BACK_TO_SIGN_IN}</ScreenLink>
                </nav>
            </div>
        </Entry>
    }
}
