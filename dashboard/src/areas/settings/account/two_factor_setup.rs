//! The set-up of two-factor sign-in: password, QR code, backup codes.

use deskbell_protocol::api::identity::account::TwoFactorSecret;
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::session::use_current_user;
use crate::text::settings as text;
use crate::text::shell::COPY;
use crate::ui::button::Button;
use crate::ui::copy_button::CopyButton;
use crate::ui::field::{Field, FieldKind};
use crate::ui::icon::Icon;
use crate::ui::qr_code::QrCode;

/// The steps of the set-up.
#[derive(Clone)]
enum Step {
    Password,
    App(TwoFactorSecret),
    Codes(Vec<String>),
}

#[component]
pub(super) fn SetupForm(close: Callback<()>) -> impl IntoView {
    let step = RwSignal::new(Step::Password);
    move || match step.get() {
        Step::Password => view! { <PasswordStep step close/> }.into_any(),
        Step::App(secret) => view! { <AppStep secret step close/> }.into_any(),
        Step::Codes(codes) => view! { <Codes codes close/> }.into_any(),
    }
}

#[component]
fn PasswordStep(step: RwSignal<Step>, close: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["password"]);
    let password = RwSignal::new(String::new());
    let submit = move || {
        let work = current_user
            .get_untracked()
            .begin_two_factor(password.get_untracked());
        form.send(work, move |secret| step.set(Step::App(secret)));
    };
    view! {
        <p>{text::APP_NEEDED}</p>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="begin-password" label=text::YOUR_PASSWORD kind=FieldKind::CurrentPassword value=password
                error=form.of_field("password")/>
            <DialogActions form close>{text::CONTINUE}</DialogActions>
        </form>
    }
}

#[component]
fn AppStep(secret: TwoFactorSecret, step: RwSignal<Step>, close: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["code"]);
    let code = RwSignal::new(String::new());
    let submit = move || {
        let work = current_user
            .get_untracked()
            .confirm_two_factor(code.get_untracked());
        form.send(work, move |made| step.set(Step::Codes(made.codes)));
    };
    view! {
        <p>{text::SCAN}</p>
        <div class="two-factor-secret">
            <QrCode text=secret.otpauth_url label=text::QR_CODE/>
            <div>
                <p>{text::TYPE_KEY}</p>
                <code>{in_groups(&secret.secret)}</code>
                <CopyButton label=text::COPY_KEY text=secret.secret/>
            </div>
        </div>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="confirm-code" label=text::CODE kind=FieldKind::Code value=code error=form.of_field("code")
                hint=text::SETUP_CODE_HINT/>
            <DialogActions form close>{text::TURN_ON}</DialogActions>
        </form>
    }
}

/// Creates new backup codes in place of the old ones.
#[component]
pub(super) fn CodesForm(close: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["code"]);
    let code = RwSignal::new(String::new());
    let made = RwSignal::new(None::<Vec<String>>);
    let submit = move || {
        let work = current_user
            .get_untracked()
            .renew_backup_codes(code.get_untracked());
        form.send(work, move |answer| made.set(Some(answer.codes)));
    };
    move || {
        match made.get() {
        Some(codes) => view! { <Codes codes close/> }.into_any(),
        None => view! {
            <p>{text::OLD_CODES_STOP}</p>
            <form class="settings-form" novalidate on:submit=on_submit(submit)>
                <FormMessage form/>
                <Field name="renew-code" label=text::CODE kind=FieldKind::Code value=code error=form.of_field("code")
                    hint=text::CODE_HINT/>
                <DialogActions form close>{text::MAKE_CODES}</DialogActions>
            </form>
        }
        .into_any(),
    }
    }
}

/// The backup codes, which the server shows only once.
#[component]
fn Codes(codes: Vec<String>, close: Callback<()>) -> impl IntoView {
    let list = codes.join("\n");
    let file = format!(
        "data:text/plain;charset=utf-8,{}",
        list.replace('\n', "%0A")
    );
    view! {
        <p>{text::SAVE_CODES}</p>
        <ul class="backup-codes" aria-label=text::BACKUP_CODES>
            {codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}
        </ul>
        <div class="settings-actions">
            <CopyButton label=COPY text=list/>
            <a class="button" href=file download="deskbell-backup-codes.txt">{Icon::Download.small()} {text::DOWNLOAD}</a>
        </div>
        <div class="dialog-actions">
            <Button class="button-primary" on_press=close>{text::CODES_SAVED}</Button>
        </div>
    }
}

/// In groups of four, easier to type: `JBSW Y3DP …`.
fn in_groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}
