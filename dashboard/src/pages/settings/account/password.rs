//! Another password.

use deskbell_protocol::api::account::ChangePassword;
use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::dialog::Dialog;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{DialogActions, FormMessage, on_submit};
use crate::pages::register::PASSWORD_HINT;
use crate::state::form::Form;
use crate::state::session::use_oneself;
use crate::state::toasts::Toasts;

#[component]
pub(super) fn PasswordPart() -> impl IntoView {
    let open = RwSignal::new(false);
    let close = Callback::new(move |()| open.set(false));
    let begin = Callback::new(move |()| open.set(true));
    view! {
        <section class="settings-part" aria-labelledby="password-title">
            <header>
                <h2 id="password-title">"Password"</h2>
                <p>"A new one ends your sessions everywhere else."</p>
            </header>
            <Button on_press=begin>"Change the password…"</Button>
        </section>
        <Dialog title="Change your password" open on_close=close>
            <PasswordForm close/>
        </Dialog>
    }
}

#[component]
fn PasswordForm(close: Callback<()>) -> impl IntoView {
    let oneself = use_oneself();
    let toasts = expect_context::<Toasts>();
    let form = Form::new(&["current_password", "new_password"]);
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || {
        let body = ChangePassword {
            current_password: current.get_untracked(),
            new_password: new.get_untracked(),
        };
        form.send(oneself.get_untracked().change_password(body), move |()| {
            close.run(());
            toasts.say("Your password is changed, and every other session has ended.");
        });
    };
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="current-password" label="Current password" kind=FieldKind::CurrentPassword value=current
                error=form.of_field("current_password")/>
            <Field name="new-password" label="New password" kind=FieldKind::NewPassword value=new
                error=form.of_field("new_password") hint=PASSWORD_HINT/>
            <DialogActions form close>"Change it"</DialogActions>
        </form>
    }
}
