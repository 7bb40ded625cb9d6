//! `/app/reset#TOKEN`: sets a new password after a forgotten one.

use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::identity::auth::ResetPassword;
use leptos::prelude::*;

use crate::api::Anonymous;
use crate::shell::entry::Entry;
use crate::shell::form::Form;
use crate::shell::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::shell::session::SessionStore;
use crate::text::auth as text;
use crate::ui::field::{Field, FieldKind};

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
            // The session of this browser has ended, too.
            session.refresh();
        });
    });
    let is_expired = Memo::new(move |_| !has_token || form.code() == Some(ErrorCode::LinkExpired));
    move || {
        if is_done.get() {
            return view! { <Done/> }.into_any();
        }
        if is_expired.get() {
            return view! { <Expired/> }.into_any();
        }
        view! {
            <Entry title=text::RESET_TITLE lead=text::RESET_LEAD>
                <form novalidate on:submit=on_submit(move || submit.run(()))>
                    <FormMessage form/>
                    <Field name="password" label=text::NEW_PASSWORD kind=FieldKind::NewPassword value=password
                        error=form.of_field("password") hint=text::PASSWORD_HINT/>
                    <SubmitButton class="button-large" form>{text::RESET_SUBMIT}</SubmitButton>
                </form>
            </Entry>
        }
        .into_any()
    }
}

#[component]
fn Done() -> impl IntoView {
    view! {
        <Entry title=text::RESET_DONE lead=text::RESET_DONE_LEAD>
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>{text::SIGN_IN}</ScreenLink>
            </div>
        </Entry>
    }
}

#[component]
fn Expired() -> impl IntoView {
    view! {
        <Entry title=text::LINK_EXPIRED lead=text::RESET_EXPIRED>
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::Forgot>{text::ANOTHER_LINK}</ScreenLink>
            </div>
        </Entry>
    }
}
