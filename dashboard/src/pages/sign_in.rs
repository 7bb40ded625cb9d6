//! `/app/sign-in`: the password, and a code where one is asked for.

use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::auth::SignIn;
use leptos::prelude::*;

use crate::api::Anonymous;
use crate::components::button::Button;
use crate::components::entry::Entry;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::components::icon::Icon;
use crate::components::screen_link::ScreenLink;
use crate::state::form::Form;
use crate::state::offer::use_offer;
use crate::state::route::Route;
use crate::state::session::SessionStore;

/// What has been written.
#[derive(Clone, Copy)]
struct Written {
    email: RwSignal<String>,
    password: RwSignal<String>,
    code: RwSignal<String>,
}

impl Written {
    fn form(self) -> SignIn {
        let code = self.code.get_untracked().trim().to_owned();
        SignIn {
            email: self.email.get_untracked().trim().to_owned(),
            password: self.password.get_untracked(),
            code: (!code.is_empty()).then_some(code),
        }
    }
}

#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let written = Written {
        email: RwSignal::new(String::new()),
        password: RwSignal::new(String::new()),
        code: RwSignal::new(String::new()),
    };
    let form = Form::new(&["email", "password", "code"]);
    let asks_code = RwSignal::new(false);
    Effect::new(move || {
        if form.code() == Some(ErrorCode::SecondFactorRequired) {
            asks_code.set(true);
            form.clear();
        }
    });
    let submit = Callback::new(move |()| {
        form.send(Anonymous.sign_in(written.form()), move |signed_in| {
            session.enter(signed_in);
        });
    });
    let back = Callback::new(move |()| {
        written.code.set(String::new());
        written.password.set(String::new());
        form.clear();
        asks_code.set(false);
    });
    let title = move || match asks_code.get() {
        true => "One more step",
        false => "Sign in to Deskbell",
    };
    let lead = move || match asks_code.get() {
        true => "Your account is protected by a second factor.",
        false => "Somebody may be at the desk.",
    };
    view! {
        <Entry title=Signal::derive(move || title().to_owned()) lead=Signal::derive(move || lead().to_owned())>
            <form novalidate on:submit=on_submit(move || submit.run(()))>
                {move || match asks_code.get() {
                    true => view! { <CodeStep written form back/> }.into_any(),
                    false => view! { <PasswordStep written form/> }.into_any(),
                }}
            </form>
        </Entry>
    }
}

#[component]
fn PasswordStep(written: Written, form: Form) -> impl IntoView {
    let offer = use_offer();
    view! {
        {move || match form.code() {
            Some(ErrorCode::EmailNotVerified) => view! { <NotVerified written form/> }.into_any(),
            _ => view! { <FormMessage form/> }.into_any(),
        }}
        <Field name="email" label="E-mail address" kind=FieldKind::Username
            value=written.email error=form.of_field("email")/>
        <Field name="password" label="Password" kind=FieldKind::CurrentPassword
            value=written.password error=form.of_field("password")/>
        <SubmitButton class="button-large" form>"Sign in"</SubmitButton>
        <nav class="entry-links" aria-label="Other ways">
            <ScreenLink to=Route::Forgot>"Forgot your password?"</ScreenLink>
            {move || offer.get().is_some_and(|offer| offer.registration_open).then(|| view! {
                <ScreenLink to=Route::Register>"Create an account"</ScreenLink>
            })}
        </nav>
    }
}

#[component]
fn CodeStep(written: Written, form: Form, back: Callback<()>) -> impl IntoView {
    view! {
        <FormMessage form/>
        <Field name="code" label="Code" kind=FieldKind::Code value=written.code error=form.of_field("code")
            hint="Six digits from the app on your phone, or one of your backup codes."/>
        <SubmitButton class="button-large" form>"Sign in"</SubmitButton>
        <Button class="button-quiet" on_press=back>"Back"</Button>
    }
}

/// The password is right, but nobody has followed the link yet.
#[component]
fn NotVerified(written: Written, form: Form) -> impl IntoView {
    let again = Form::new(&[]);
    let sent = RwSignal::new(false);
    let send = move |()| {
        let work = Anonymous.send_verification(written.form());
        again.send(work, move |()| sent.set(true));
    };
    view! {
        <div class="banner banner-notice" role="alert">
            {Icon::Alert.small()}
            <span>{move || match (sent.get(), again.message()) {
                (_, Some(wrong)) => wrong,
                (true, None) => "Sent. Look into your mail and follow the link.".to_owned(),
                (false, None) => form.message().unwrap_or_default(),
            }}</span>
            {move || (!sent.get()).then(|| view! {
                <Button busy=again.busy() on_press=Callback::new(send)>"Send the mail again"</Button>
            })}
        </div>
    }
}
