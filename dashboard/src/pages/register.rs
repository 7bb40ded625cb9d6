//! `/app/register`: a person and a workspace of their own, where the server allows it.

use deskbell_protocol::api::auth::{Register, SignIn};
use leptos::prelude::*;

use crate::api::Anonymous;
use crate::components::button::Button;
use crate::components::entry::Entry;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::components::screen_link::ScreenLink;
use crate::state::form::Form;
use crate::state::offer::{is_mailless, use_offer};
use crate::state::route::Route;

#[component]
pub(crate) fn RegisterPage() -> impl IntoView {
    let offer = use_offer();
    let done = RwSignal::new(None::<Register>);
    let is_closed = Memo::new(move |_| offer.get().is_some_and(|offer| !offer.registration_open));
    move || match done.get() {
        Some(form) => view! { <LookIntoMail form/> }.into_any(),
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
        <Entry title="Create an account" lead="A desk of your own, with a bell for your visitors.">
            <form novalidate on:submit=on_submit(submit)>
                <FormMessage form/>
                <Field name="name" label="Your name" kind=FieldKind::Name value=name error=form.of_field("name")/>
                <Field name="email" label="E-mail address" kind=FieldKind::Username value=email
                    error=form.of_field("email")/>
                <Field name="password" label="Password" kind=FieldKind::NewPassword value=password
                    error=form.of_field("password") hint=PASSWORD_HINT/>
                <Field name="workspace" label="Workspace" kind=FieldKind::Text value=workspace
                    error=form.of_field("workspace") hint="Your company or team, as your colleagues call it."/>
                <SubmitButton class="button-large" form>"Create the account"</SubmitButton>
                <nav class="entry-links" aria-label="Other ways">
                    <ScreenLink to=Route::SignIn>"Sign in instead"</ScreenLink>
                </nav>
            </form>
        </Entry>
    }
}

/// What a password must be.
pub(crate) const PASSWORD_HINT: &str =
    "At least 8 characters with upper case, lower case and a digit.";

#[component]
fn Closed() -> impl IntoView {
    view! {
        <Entry title="By invitation only" lead="This server takes no registrations. Ask whoever runs it for an invitation.">
            <nav class="entry-links" aria-label="Other ways">
                <ScreenLink to=Route::SignIn>"Sign in"</ScreenLink>
            </nav>
        </Entry>
    }
}

#[component]
fn LookIntoMail(form: Register) -> impl IntoView {
    let offer = use_offer();
    let again = Form::new(&[]);
    let sent = RwSignal::new(false);
    let email = form.email.clone();
    let lead = Signal::derive(move || match is_mailless(offer) {
        false => format!("We have sent a link to {email}. Follow it, and you can sign in."),
        true => format!(
            "This server sends no mail: whoever runs it has a link for {email}. Follow it, and you can sign in."
        ),
    });
    let title = Signal::derive(move || match is_mailless(offer) {
        false => "Look into your mail".to_owned(),
        true => "Ask for your link".to_owned(),
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
                <p role="status">{move || sent.get().then_some("Sent again.")}</p>
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>"Sign in"</ScreenLink>
                {move || (!is_mailless(offer)).then(|| view! {
                    <Button class="button-quiet" busy=again.busy() on_press=send>"Send the mail again"</Button>
                })}
            </div>
        </Entry>
    }
}
