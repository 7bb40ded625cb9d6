//! Asks somebody to join: by mail, or with a link to hand on.

use deskbell_protocol::Role;
use deskbell_protocol::api::invitations::{CreateInvitation, Invitation};
use leptos::prelude::*;

use crate::components::button::Button;
use crate::components::copy_button::CopyButton;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{DialogActions, FormMessage, on_submit};
use crate::components::select::Select;
use crate::state::form::Form;
use crate::state::session::use_oneself;
use crate::state::words::{role_name, roles_to_give};

#[component]
pub(super) fn InviteForm(on_close: Callback<()>, on_made: Callback<Invitation>) -> impl IntoView {
    let oneself = use_oneself();
    let form = Form::new(&["email"]);
    let by_link = RwSignal::new(false);
    let email = RwSignal::new(String::new());
    let role = RwSignal::new(Role::Agent.as_str().to_owned());
    let roles = roles_to_give(oneself.get_untracked().me.workspace.role);
    let options = roles
        .iter()
        .map(|it| (it.as_str().to_owned(), role_name(*it).to_owned()));
    let options = options.collect();
    let submit = move || {
        let word = role.get_untracked();
        let role = roles.iter().copied().find(|it| it.as_str() == word);
        let by_link = by_link.get_untracked();
        let address = email.get_untracked().trim().to_owned();
        let body = CreateInvitation {
            email: (!by_link).then_some(address),
            role: role.unwrap_or(Role::Agent),
            show_link: by_link,
        };
        form.send(oneself.get_untracked().invite(body), move |made| {
            on_made.run(made)
        });
    };
    let way = move |is_link: bool, name: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name="way" prop:checked=move || by_link.get() == is_link
                    on:change=move |_| { by_link.set(is_link); form.clear() }/>
                {name}
            </label>
        }
    };
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <div class="choices" role="radiogroup" aria-label="How">
                {way(false, "By e-mail")}
                {way(true, "With a link that you hand on")}
            </div>
            {move || (!by_link.get()).then(|| view! {
                <Field name="invite-email" label="E-mail address" kind=FieldKind::Email value=email
                    error=form.of_field("email")/>
            })}
            <Select name="invite-role" label="Role" options value=role/>
            <DialogActions form close=on_close>"Invite"</DialogActions>
        </form>
    }
}

/// Shown this once: only its hash is kept.
#[component]
pub(super) fn LinkToHandOn(link: String, on_close: Callback<()>) -> impl IntoView {
    view! {
        <p>"Whoever opens it may join, once, within seven days. It is shown this once."</p>
        <code class="settings-code">{link.clone()}</code>
        <div class="dialog-actions">
            <CopyButton label="Copy the link" text=link/>
            <Button class="button-primary" on_press=on_close>"Done"</Button>
        </div>
    }
}
