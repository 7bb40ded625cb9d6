//! `/app/sign-in`: the password, and a code if the account has two-factor sign-in.

use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::identity::auth::SignIn;
use leptos::prelude::*;

use crate::api::Anonymous;
use crate::shell::entry::Entry;
use crate::shell::form::Form;
use crate::shell::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::shell::server_features::{is_mailless, use_server_features};
use crate::shell::session::SessionStore;
use crate::text::auth as text;
use crate::ui::button::Button;
use crate::ui::field::{Field, FieldKind};
use crate::ui::icon::Icon;

/// The content of the fields.
#[derive(Clone, Copy)]
struct Fields {
    email: RwSignal<String>,
    password: RwSignal<String>,
    code: RwSignal<String>,
}

impl Fields {
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
    let fields = Fields {
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
        form.send(Anonymous.sign_in(fields.form()), move |signed_in| {
            session.enter(signed_in);
        });
    });
    let back = Callback::new(move |()| {
        fields.code.set(String::new());
        fields.password.set(String::new());
        form.clear();
        asks_code.set(false);
    });
    let title = move || match asks_code.get() {
        true => text::CODE_TITLE,
        false => text::SIGN_IN_TITLE,
    };
    let lead = move || match asks_code.get() {
        true => text::CODE_LEAD,
        false => "",
    };
    view! {
        <Entry title=Signal::derive(move || title().to_owned()) lead=Signal::derive(move || lead().to_owned())>
            <form novalidate on:submit=on_submit(move || submit.run(()))>
                {move || match asks_code.get() {
                    true => view! { <CodeStep fields form back/> }.into_any(),
                    false => view! { <PasswordStep fields form/> }.into_any(),
                }}
            </form>
        </Entry>
    }
}

#[component]
fn PasswordStep(fields: Fields, form: Form) -> impl IntoView {
    let features = use_server_features();
    view! {
        {move || match form.code() {
            Some(ErrorCode::EmailNotVerified) => view! { <NotVerified fields form/> }.into_any(),
            _ => view! { <FormMessage form/> }.into_any(),
        }}
        <Field name="email" label=text::EMAIL kind=FieldKind::Username
            value=fields.email error=form.of_field("email")/>
        <Field name="password" label=text::PASSWORD kind=FieldKind::CurrentPassword
            value=fields.password error=form.of_field("password")/>
        <SubmitButton class="button-large" form>{text::SIGN_IN}</SubmitButton>
        <nav class="entry-links" aria-label=text::OTHER_OPTIONS>
            <ScreenLink to=Route::Forgot>{text::FORGOT}</ScreenLink>
            {move || features.get().is_some_and(|features| features.registration_open).then(|| view! {
                <ScreenLink to=Route::Register>{text::CREATE_ACCOUNT}</ScreenLink>
            })}
        </nav>
    }
}

#[component]
fn CodeStep(fields: Fields, form: Form, back: Callback<()>) -> impl IntoView {
    view! {
        <FormMessage form/>
        <Field name="code" label=text::CODE kind=FieldKind::Code value=fields.code error=form.of_field("code")
            hint=text::CODE_HINT/>
        <SubmitButton class="button-large" form>{text::SIGN_IN}</SubmitButton>
        <Button class="button-quiet" on_press=back>{text::BACK}</Button>
    }
}

/// The password is right, but the e-mail address is not confirmed.
#[component]
fn NotVerified(fields: Fields, form: Form) -> impl IntoView {
    let features = use_server_features();
    let again = Form::new(&[]);
    let sent = RwSignal::new(false);
    let send = move |()| {
        let work = Anonymous.send_verification(fields.form());
        again.send(work, move |()| sent.set(true));
    };
    view! {
        <div class="banner banner-notice" role="alert">
            {Icon::Alert.small()}
            <span prop:textContent=move || match (sent.get(), again.message()) {
                (_, Some(wrong)) => wrong,
                (true, None) if is_mailless(features) => text::RESENT_MAILLESS.to_owned(),
                (true, None) => text::RESENT.to_owned(),
                (false, None) => form.message().unwrap_or_default(),
            }></span>
            {move || (!sent.get()).then(|| view! {
                <Button busy=again.busy() on_press=Callback::new(send)>
                    {move || if is_mailless(features) { text::REQUEST_LINK } else { text::SEND_AGAIN }}
                </Button>
            })}
        </div>
    }
}
