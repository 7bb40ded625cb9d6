//! A code beside the password: whether it is asked for.

use deskbell_protocol::api::account::{EndTwoFactor, TwoFactor};
use leptos::prelude::*;

use super::two_factor_setup::{CodesForm, SetupForm};
use crate::components::button::Button;
use crate::components::dialog::Dialog;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{DialogActions, FormMessage, on_submit};
use crate::components::icon::Icon;
use crate::components::remote_area::RemoteArea;
use crate::state::form::Form;
use crate::state::remote::Remote;
use crate::state::session::use_oneself;

/// What is being done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    SetUp,
    MakeCodes,
    End,
}

#[component]
pub(super) fn TwoFactorPart() -> impl IntoView {
    let oneself = use_oneself();
    let found = Remote::new(move || oneself.get_untracked().two_factor());
    let doing = RwSignal::new(None::<Doing>);
    let close = Callback::new(move |()| {
        doing.set(None);
        found.reload();
    });
    let is = move |what: Doing| Signal::derive(move || doing.get() == Some(what));
    view! {
        <section class="settings-part" aria-labelledby="two-factor-title">
            <header>
                <h2 id="two-factor-title">"Two-factor sign-in"</h2>
                <p>"A code of your phone beside the password. Who has only the password does not get in."</p>
            </header>
            <RemoteArea standing=found.standing() on_retry=found.retry() what="state">
                {move || found.get().map(|state| view! { <State state doing/> })}
            </RemoteArea>
        </section>
        <Dialog title="Set up two-factor sign-in" open=is(Doing::SetUp) on_close=close>
            <SetupForm close/>
        </Dialog>
        <Dialog title="New backup codes" open=is(Doing::MakeCodes) on_close=close>
            <CodesForm close/>
        </Dialog>
        <Dialog title="Turn two-factor sign-in off" open=is(Doing::End) on_close=close>
            <EndForm close/>
        </Dialog>
    }
}

#[component]
fn State(state: TwoFactor, doing: RwSignal<Option<Doing>>) -> impl IntoView {
    let begin = move |what: Doing| Callback::new(move |()| doing.set(Some(what)));
    if !state.enabled {
        return view! {
            <div class="settings-row">
                <span>"Off"</span>
                <Button on_press=begin(Doing::SetUp)>"Set it up…"</Button>
            </div>
        }
        .into_any();
    }
    let left = match state.backup_codes_left {
        0 => "No backup code is left: make new ones.".to_owned(),
        1 => "One backup code is left.".to_owned(),
        left => format!("{left} backup codes are left."),
    };
    view! {
        <div class="settings-row">
            <span><span class="settings-on">{Icon::Shield.small()} "On"</span> " " {left}</span>
            <span class="settings-actions">
                <Button on_press=begin(Doing::MakeCodes)>"New backup codes…"</Button>
                <Button on_press=begin(Doing::End)>"Turn off…"</Button>
            </span>
        </div>
    }
    .into_any()
}

#[component]
fn EndForm(close: Callback<()>) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&["password", "code"]);
    let (password, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || {
        let body = EndTwoFactor {
            password: password.get_untracked(),
            code: code.get_untracked(),
        };
        form.send(oneself.get_untracked().end_two_factor(body), move |()| {
            close.run(())
        });
    };
    view! {
        <p>"Nothing but your password is asked for from then on, and your backup codes are good for nothing."</p>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="end-password" label="Your password" kind=FieldKind::CurrentPassword value=password
                error=form.of_field("password")/>
            <Field name="end-code" label="Code" kind=FieldKind::Code value=code error=form.of_field("code")
                hint="Six digits from the app on your phone, or a backup code."/>
            <DialogActions form close is_danger=true>"Turn it off"</DialogActions>
        </form>
    }
}
