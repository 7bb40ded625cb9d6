//! The address that one signs in with.

use deskbell_protocol::api::account::ChangeEmail;
use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::dialog::Dialog;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{DialogActions, FormMessage, on_submit};
use crate::state::form::Form;
use crate::state::offer::{is_mailless, use_offer};
use crate::state::session::use_oneself;

#[component]
pub(super) fn EmailPart() -> impl IntoView {
    let oneself = use_oneself();
    let offer = use_offer();
    let open = RwSignal::new(false);
    let sent_to = RwSignal::new(None::<String>);
    let close = Callback::new(move |()| open.set(false));
    let begin = Callback::new(move |()| open.set(true));
    view! {
        <section class="settings-part" aria-labelledby="email-title">
            <header>
                <h2 id="email-title">"E-mail address"</h2>
                <p>"You sign in with it, and it is where we write to you."</p>
            </header>
            <div class="settings-row">
                <strong>{move || oneself.get().me.email}</strong>
                <Button on_press=begin>"Change…"</Button>
            </div>
            <p class="settings-note" role="status">
                {move || sent_to.get().map(|email| match is_mailless(offer) {
                    false => format!("A link was sent to {email}. The address counts once you have followed it."),
                    true => format!("This server sends no mail: whoever runs it has a link for {email}. The address counts once you have followed it."),
                })}
            </p>
        </section>
        <Dialog title="Change your e-mail address" open on_close=close>
            <EmailForm close on_sent=Callback::new(move |email| sent_to.set(Some(email)))/>
        </Dialog>
    }
}

#[component]
fn EmailForm(close: Callback<()>, on_sent: Callback<String>) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&["email", "password"]);
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || {
        let body = ChangeEmail {
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        let address = body.email.clone();
        form.send(oneself.get_untracked().change_email(body), move |()| {
            close.run(());
            on_sent.run(address);
        });
    };
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="new-email" label="New address" kind=FieldKind::Email value=email error=form.of_field("email")/>
            <Field name="email-password" label="Your password" kind=FieldKind::CurrentPassword value=password
                error=form.of_field("password")/>
            <DialogActions form close>"Send the link"</DialogActions>
        </form>
    }
}
