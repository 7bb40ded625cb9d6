//! The e-mail address of the account.

use deskbell_protocol::api::identity::account::ChangeEmail;
use deskbell_protocol::api::identity::setup::SetupState;
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::server_features::{is_mailless, use_server_features};
use crate::shell::session::use_current_user;
use crate::text::settings as text;
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;
use crate::ui::field::{Field, FieldKind};

#[component]
pub(super) fn EmailPart() -> impl IntoView {
    let current_user = use_current_user();
    let features = use_server_features();
    let open = RwSignal::new(false);
    let sent_to = RwSignal::new(None::<String>);
    let close = Callback::new(move |()| open.set(false));
    let begin = Callback::new(move |()| open.set(true));
    view! {
        <section class="settings-part" aria-labelledby="email-title">
            <header>
                <h2 id="email-title">{text::EMAIL}</h2>
                <p>{text::EMAIL_LEAD}</p>
            </header>
            <div class="settings-row">
                <strong prop:textContent=move || current_user.get().me.email></strong>
                <Button on_press=begin>{text::CHANGE}</Button>
            </div>
            <p class="settings-note" role="status">
                {move || sent_to.get().map(|email| match is_mailless(features) {
                    false => text::email_sent(&email),
                    true => text::email_mailless(&email),
                })}
            </p>
        </section>
        <Dialog title=text::CHANGE_EMAIL open on_close=close>
            <EmailForm features close on_sent=Callback::new(move |email| sent_to.set(Some(email)))/>
        </Dialog>
    }
}

#[component]
fn EmailForm(
    features: RwSignal<Option<SetupState>>,
    close: Callback<()>,
    on_sent: Callback<String>,
) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["email", "password"]);
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || {
        let body = ChangeEmail {
            email: email.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        let address = body.email.clone();
        form.send(current_user.get_untracked().change_email(body), move |()| {
            close.run(());
            on_sent.run(address);
        });
    };
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="new-email" label=text::NEW_EMAIL kind=FieldKind::Email value=email error=form.of_field("email")/>
            <Field name="email-password" label=text::YOUR_PASSWORD kind=FieldKind::CurrentPassword value=password
                error=form.of_field("password")/>
            {move || is_mailless(features).then(|| view! {
                <p class="settings-note" role="status">{text::EMAIL_MAILLESS_NOTE}</p>
            })}
            <DialogActions form close>
                {move || if is_mailless(features) { text::REQUEST_LINK } else { text::SEND_LINK }}
            </DialogActions>
        </form>
    }
}
