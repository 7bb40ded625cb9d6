//! From the password to the phone, and from the phone to codes on paper.

use deskbell_protocol::api::account::TwoFactorSecret;
use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::copy_button::CopyButton;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{DialogActions, FormMessage, on_submit};
use crate::components::icon::Icon;
use crate::components::qr_code::QrCode;
use crate::state::form::Form;
use crate::state::session::use_oneself;

/// How far the set-up is.
#[derive(Clone)]
enum Step {
    Password,
    Phone(TwoFactorSecret),
    Paper(Vec<String>),
}

#[component]
pub(super) fn SetupForm(close: Callback<()>) -> impl IntoView {
    let step = RwSignal::new(Step::Password);
    move || match step.get() {
        Step::Password => view! { <PasswordStep step close/> }.into_any(),
        Step::Phone(secret) => view! { <PhoneStep secret step close/> }.into_any(),
        Step::Paper(codes) => view! { <Codes codes close/> }.into_any(),
    }
}

#[component]
fn PasswordStep(step: RwSignal<Step>, close: Callback<()>) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&["password"]);
    let password = RwSignal::new(String::new());
    let submit = move || {
        let work = oneself
            .get_untracked()
            .begin_two_factor(password.get_untracked());
        form.send(work, move |secret| step.set(Step::Phone(secret)));
    };
    view! {
        <p>"You need an app that makes codes, as Aegis, Google Authenticator or a password manager does."</p>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="begin-password" label="Your password" kind=FieldKind::CurrentPassword value=password
                error=form.of_field("password")/>
            <DialogActions form close>"Continue"</DialogActions>
        </form>
    }
}

#[component]
fn PhoneStep(secret: TwoFactorSecret, step: RwSignal<Step>, close: Callback<()>) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&["code"]);
    let code = RwSignal::new(String::new());
    let submit = move || {
        let work = oneself
            .get_untracked()
            .confirm_two_factor(code.get_untracked());
        form.send(work, move |made| step.set(Step::Paper(made.codes)));
    };
    view! {
        <p>"Let the app read this pattern, then write the code that it shows."</p>
        <div class="two-factor-secret">
            <QrCode text=secret.otpauth_url label="The pattern for your app"/>
            <div>
                <p>"Or type this key into the app:"</p>
                <code>{in_groups(&secret.secret)}</code>
                <CopyButton label="Copy the key" text=secret.secret/>
            </div>
        </div>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="confirm-code" label="Code" kind=FieldKind::Code value=code error=form.of_field("code")
                hint="Six digits. From now on you are asked for one when you sign in."/>
            <DialogActions form close>"Turn it on"</DialogActions>
        </form>
    }
}

/// Ten new codes in place of the old ones.
#[component]
pub(super) fn CodesForm(close: Callback<()>) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&["code"]);
    let code = RwSignal::new(String::new());
    let made = RwSignal::new(None::<Vec<String>>);
    let submit = move || {
        let work = oneself
            .get_untracked()
            .renew_backup_codes(code.get_untracked());
        form.send(work, move |answer| made.set(Some(answer.codes)));
    };
    move || {
        match made.get() {
        Some(codes) => view! { <Codes codes close/> }.into_any(),
        None => view! {
            <p>"The codes that you have are good for nothing from then on."</p>
            <form class="settings-form" novalidate on:submit=on_submit(submit)>
                <FormMessage form/>
                <Field name="renew-code" label="Code" kind=FieldKind::Code value=code error=form.of_field("code")
                    hint="Six digits from the app on your phone."/>
                <DialogActions form close>"Make new codes"</DialogActions>
            </form>
        }
        .into_any(),
    }
    }
}

/// Shown this once.
#[component]
fn Codes(codes: Vec<String>, close: Callback<()>) -> impl IntoView {
    let text = codes.join("\n");
    let file = format!(
        "data:text/plain;charset=utf-8,{}",
        text.replace('\n', "%0A")
    );
    view! {
        <p>"Keep these codes where your phone is not. Each gets you in once, should the phone be lost. They are shown this once."</p>
        <ul class="backup-codes" aria-label="Backup codes">
            {codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}
        </ul>
        <div class="settings-actions">
            <CopyButton label="Copy" text/>
            <a class="button" href=file download="deskbell-backup-codes.txt">{Icon::Download.small()} "Download"</a>
        </div>
        <div class="dialog-actions">
            <Button class="button-primary" on_press=close>"I have kept them"</Button>
        </div>
    }
}

/// Easier to type: `JBSW Y3DP …`.
fn in_groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}
