//! Two-factor sign-in: on or off, and its backup codes.

use deskbell_protocol::api::identity::account::{EndTwoFactor, TwoFactor};
use leptos::prelude::*;

use super::two_factor_setup::{CodesForm, SetupForm};
use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::resource::Resource;
use crate::shell::resource_area::ResourceArea;
use crate::shell::session::use_current_user;
use crate::text::settings as text;
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;
use crate::ui::field::{Field, FieldKind};
use crate::ui::icon::Icon;

/// The open dialog.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenDialog {
    SetUp,
    MakeCodes,
    End,
}

#[component]
pub(super) fn TwoFactorPart() -> impl IntoView {
    let current_user = use_current_user();
    let found = Resource::new(move || current_user.get_untracked().two_factor());
    let dialog = RwSignal::new(None::<OpenDialog>);
    let close = Callback::new(move |()| {
        dialog.set(None);
        found.reload();
    });
    let is = move |what: OpenDialog| Signal::derive(move || dialog.get() == Some(what));
    view! {
        <section class="settings-part" aria-labelledby="two-factor-title">
            <header>
                <h2 id="two-factor-title">{text::TWO_FACTOR}</h2>
                <p>{text::TWO_FACTOR_LEAD}</p>
            </header>
            <ResourceArea load_state=found.load_state() on_retry=found.retry() what="settings">
                {move || found.get().map(|state| view! { <State state dialog/> })}
            </ResourceArea>
        </section>
        <Dialog title=text::SET_UP_TITLE open=is(OpenDialog::SetUp) on_close=close>
            <SetupForm close/>
        </Dialog>
        <Dialog title=text::NEW_CODES_TITLE open=is(OpenDialog::MakeCodes) on_close=close>
            <CodesForm close/>
        </Dialog>
        <Dialog title=text::TURN_OFF_TITLE open=is(OpenDialog::End) on_close=close>
            <EndForm close/>
        </Dialog>
    }
}

#[component]
fn State(state: TwoFactor, dialog: RwSignal<Option<OpenDialog>>) -> impl IntoView {
    let begin = move |what: OpenDialog| Callback::new(move |()| dialog.set(Some(what)));
    if !state.enabled {
        return view! {
            <div class="settings-row">
                <span>{text::OFF}</span>
                <Button on_press=begin(OpenDialog::SetUp)>{text::SET_UP_OPEN}</Button>
            </div>
        }
        .into_any();
    }
    let left = text::backup_codes_left(state.backup_codes_left);
    view! {
        <div class="settings-row">
            <span><span class="settings-on">{Icon::Shield.small()} {text::ON}</span> " " {left}</span>
            <span class="settings-actions">
                <Button on_press=begin(OpenDialog::MakeCodes)>{text::NEW_CODES_OPEN}</Button>
                <Button on_press=begin(OpenDialog::End)>{text::TURN_OFF_OPEN}</Button>
            </span>
        </div>
    }
    .into_any()
}

#[component]
fn EndForm(close: Callback<()>) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["password", "code"]);
    let (password, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || {
        let body = EndTwoFactor {
            password: password.get_untracked(),
            code: code.get_untracked(),
        };
        form.send(
            current_user.get_untracked().end_two_factor(body),
            move |()| close.run(()),
        );
    };
    view! {
        <p>{text::TURN_OFF_LEAD}</p>
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <Field name="end-password" label=text::YOUR_PASSWORD kind=FieldKind::CurrentPassword value=password
                error=form.of_field("password")/>
            <Field name="end-code" label=text::CODE kind=FieldKind::Code value=code error=form.of_field("code")
                hint=text::CODE_OR_BACKUP_HINT/>
            <DialogActions form close is_danger=true>{text::TURN_OFF}</DialogActions>
        </form>
    }
}
