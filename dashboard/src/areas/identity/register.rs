//! `/app/register`: a new account with a workspace of its own, where the server allows it.

use deskbell_protocol::api::identity::auth::{Register, SignIn};
use leptos::prelude::*;

use crate::api::Anonymous;
use crate::shell::entry::Entry;
use crate::shell::form::Form;
use crate::shell::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::shell::server_features::{is_mailless, use_server_features};
use crate::text::auth as text;
use crate::ui::button::Button;
use crate::ui::field::{Field, FieldKind};

#[component]
pub(crate) fn RegisterPage() -> impl IntoView {
    let features = use_server_features();
    let done = RwSignal::new(None::<Register>);
    let is_closed = Memo::new(move |_| {
        features
            .get()
            .is_some_and(|features| !features.registration_open)
    });
    move || match done.get() {
        Some(form) => view! { <CheckEmail form/> }.into_any(),
        None if is_closed.get() => view! { <Closed/> }.into_any(),
        None => view! { <RegisterForm done/> }.into_any(),
    }
}

#[component]
fn RegisterForm(done: RwSignal<Option<Register>>) -> impl IntoView {
    let form = Form::new(&["name", "email", "password", "workspace"]);
    let (name, email) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (password, workspace) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || {
        let body = Register {
            name: name.get_untracked(),
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            workspace: workspace.get_untracked(),
        };
        let sent = body.clone();
        form.send(Anonymous.register(body), move |()| done.set(Some(sent)));
    };
    view! {
        <Entry title=text::CREATE_ACCOUNT lead=text::REGISTER_LEAD>
            <form novalidate on:submit=on_submit(submit)>
                <FormMessage form/>
                <Field name="name" label=text::YOUR_NAME kind=FieldKind::Name value=name error=form.of_field("name")/>
                <Field name="email" label=text::EMAIL kind=FieldKind::Username value=email
                    error=form.of_field("email")/>
                <Field name="password" label=text::PASSWORD kind=FieldKind::NewPassword value=password
                    error=form.of_field("password") hint=text::PASSWORD_HINT/>
                <Field name="workspace" label=text::WORKSPACE kind=FieldKind::Text value=workspace
                    error=form.of_field("workspace") hint=text::WORKSPACE_HINT/>
                <SubmitButton class="button-large" form>{text::REGISTER_SUBMIT}</SubmitButton>
                <nav class="entry-links" aria-label=text::OTHER_OPTIONS>
                    <ScreenLink to=Route::SignIn>{text::HAVE_ACCOUNT}</ScreenLink>
                </nav>
            </form>
        </Entry>
    }
}

#[component]
fn Closed() -> impl IntoView {
    view! {
        <Entry title=text::INVITATION_ONLY lead=text::INVITATION_ONLY_LEAD>
            <nav class="entry-links" aria-label=text::OTHER_OPTIONS>
                <ScreenLink to=Route::SignIn>{text::SIGN_IN}</ScreenLink>
            </nav>
        </Entry>
    }
}

#[component]
fn CheckEmail(form: Register) -> impl IntoView {
    let features = use_server_features();
    let again = Form::new(&[]);
    let sent = RwSignal::new(false);
    let email = form.email.clone();
    let lead = Signal::derive(move || match is_mailless(features) {
        false => text::verify_sent(&email),
        true => text::verify_mailless(&email),
    });
    let title = Signal::derive(move || match is_mailless(features) {
        false => text::CHECK_EMAIL.to_owned(),
        true => text::ASK_OPERATOR.to_owned(),
    });
    let send = Callback::new(move |()| {
        let body = SignIn {
            email: form.email.clone(),
            password: form.password.clone(),
            code: None,
        };
        again.send(Anonymous.send_verification(body), move |()| sent.set(true));
    });
    view! {
        <Entry title lead>
            <div class="entry-body">
                <FormMessage form=again/>
                <p role="status" prop:textContent=move || if sent.get() { text::SENT_AGAIN } else { "" }></p>
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>{text::SIGN_IN}</ScreenLink>
                {move || (!is_mailless(features)).then(|| view! {
                    <Button class="button-quiet" busy=again.busy() on_press=send>{text::SEND_AGAIN}</Button>
                })}
            </div>
        </Entry>
    }
}
