//! The password of the account.

use deskbell_protocol::api::identity::account::ChangePassword;
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::session::use_current_user;
use crate::text::auth::PASSWORD_HINT;
use crate::text::settings as text;
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;
use crate::ui::field::{Field, FieldKind};
use crate::ui::toasts::Toasts;

#[component]
pub(super) fn PasswordPart() -> impl IntoView {
    let open = RwSignal::new(false);
    let close = Callback::new(move |()| open.set(false));
    let begin = Callback::new(move |()| open.set(true));
    view! {
        <section class="settings-part" aria-labelledby="password-title">
            <header>
                <h2 id="password-title">{text::PASSWORD}</h2>
                <p>{text::PASSWORD_LEAD}</p>
            </header>
            <div class="settings-row">
                <span aria-hidden="true">{text::HIDDEN_PASSWORD}</span>
                <Button on_press=begin>{text::CHANGE_PASSWORD_OPEN}</Button>
            </div>
        </section>
        <Dialog title=text::CHANGE_PASSWORD open on_close=close>
            <PasswordForm close/>
        </Dialog>
    }
}

#[component]
fn PasswordForm(close: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let toasts = expect_context::<Toasts>();
    let form = Form::new(&["current_password", "new_password"]);
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || {
        let body = ChangePassword {
            current_password: current.get_untracked(),
            new_password: new.get_untracked(),
        };
        form.send(
            current_user.get_untracked().change_password(body),
            move |()| {
                close.run(());
                toasts.say(text::PASSWORD_CHANGED);
            },
        );
    };
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="current-password" label=text::CURRENT_PASSWORD kind=FieldKind::CurrentPassword value=current
                error=form.of_field("current_password")/>
            <Field name="new-password" label=text::NEW_PASSWORD kind=FieldKind::NewPassword value=new
                error=form.of_field("new_password") hint=PASSWORD_HINT/>
            <DialogActions form close>{text::CHANGE_PASSWORD}</DialogActions>
        </form>
    }
}
