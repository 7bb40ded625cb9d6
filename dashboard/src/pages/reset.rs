//! `/app/reset#TOKEN`: another password for who has forgotten theirs.

use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::auth::ResetPassword;
use leptos::prelude::*;

use crate::api::Anonymous;
use crate::components::entry::Entry;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::components::screen_link::ScreenLink;
use crate::pages::register::PASSWORD_HINT;
use crate::state::form::Form;
use crate::state::route::Route;
use crate::state::session::SessionStore;

#[component]
pub(crate) fn ResetPage(token: String) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let form = Form::new(&["password"]);
    let password = RwSignal::new(String::new());
    let is_done = RwSignal::new(false);
    let has_token = !token.is_empty();
    let submit = Callback::new(move |()| {
        let body = ResetPassword {
            token: token.clone(),
            password: password.get_untracked(),
        };
        form.send(Anonymous.reset_password(body), move |()| {
            is_done.set(true);
            // Whoever was signed in here is not any more.
            session.look_again();
        });
    });
    let is_too_old = Memo::new(move |_| !has_token || form.code() == Some(ErrorCode::LinkExpired));
    move || {
        if is_done.get() {
            return view! { <Done/> }.into_any();
        }
        if is_too_old.get() {
            return view! { <TooOld/> }.into_any();
        }
        view! {
            <Entry title="Set another password" lead="It counts at once, and ends every session of your account.">
                <form novalidate on:submit=on_submit(move || submit.run(()))>
                    <FormMessage form/>
                    <Field name="password" label="New password" kind=FieldKind::NewPassword value=password
                        error=form.of_field("password") hint=PASSWORD_HINT/>
                    <SubmitButton class="button-large" form>"Set the password"</SubmitButton>
                </form>
            </Entry>
        }
        .into_any()
    }
}

#[component]
fn Done() -> impl IntoView {
    view! {
        <Entry title="Your password is set" lead="Sign in with it; whoever was signed in elsewhere is not any more.">
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>"Sign in"</ScreenLink>
            </div>
        </Entry>
    }
}

#[component]
fn TooOld() -> impl IntoView {
    view! {
        <Entry title="This link is not good any more" lead="It has been used already, or an hour has passed. Your password is as it was.">
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::Forgot>"Ask for another link"</ScreenLink>
            </div>
        </Entry>
    }
}
