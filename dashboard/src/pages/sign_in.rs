//! `/app/sign-in`.

use deskbell_protocol::api::auth::SignIn;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Anonymous, ApiError};
use crate::components::bell_mark::BellMark;
use crate::components::field::Field;
use crate::components::icon::Icon;
use crate::state::session::SessionStore;

#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<ApiError>);
    document().set_title("Sign in · Deskbell");

    let field_error = move |name: &'static str| {
        Signal::derive(move || match error.get() {
            Some(ApiError::Refused(body)) => body.fields.get(name).cloned(),
            _ => None,
        })
    };
    let form_error = move || {
        error
            .get()
            .filter(|error| !matches!(error, ApiError::Refused(body) if !body.fields.is_empty()))
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let form = SignIn {
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            code: None,
        };
        spawn_local(async move {
            let answer = Anonymous.sign_in(&form).await;
            busy.set(false);
            match answer {
                Ok(signed_in) => session.enter(signed_in),
                Err(refused) => error.set(Some(refused)),
            }
        });
    };

    view! {
        <main class="sign-in">
            <div class="sign-in-card">
                <header>
                    <BellMark large=true/>
                    <h1>"Sign in to Deskbell"</h1>
                    <p>"Somebody may be at the desk."</p>
                </header>
                <form on:submit=submit>
                    {move || form_error().map(|error| view! {
                        <div class="banner banner-danger" role="alert">
                            {Icon::Alert.small()} <span>{error.message()}</span>
                        </div>
                    })}
                    <Field name="email" label="E-mail address" kind="email" autocomplete="username"
                        value=email error=field_error("email")/>
                    <Field name="password" label="Password" kind="password" autocomplete="current-password"
                        value=password error=field_error("password")/>
                    <button
                        type="submit"
                        class="button button-primary button-large"
                        aria-busy=move || busy.get().to_string()
                    >
                        "Sign in"
                    </button>
                </form>
            </div>
        </main>
    }
}
