//! The form of an invitation: by e-mail, or with a link to share.

use deskbell_protocol::Role;
use deskbell_protocol::api::identity::setup::SetupState;
use deskbell_protocol::api::workspace::invitations::{CreateInvitation, Invitation};
use deskbell_protocol::api::workspace::members::Member;
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::{DialogActions, FormMessage, on_submit};
use crate::shell::labels::roles_to_give;
use crate::shell::server_features::is_mailless;
use crate::shell::session::use_current_user;
use crate::text::people::role_name;
use crate::text::{settings as text, shell};
use crate::ui::button::Button;
use crate::ui::copy_button::CopyButton;
use crate::ui::field::{Field, FieldKind};
use crate::ui::select::Select;

#[component]
pub(super) fn InviteForm(
    /// The members, as far as they are loaded.
    #[prop(into)]
    members: Signal<Vec<Member>>,
    /// The addresses that have an open invitation.
    #[prop(into)]
    invited: Signal<Vec<String>>,
    /// Loaded before the form opens, so that the right choice is made from the start.
    features: RwSignal<Option<SetupState>>,
    on_close: Callback<()>,
    on_made: Callback<Invitation>,
) -> impl IntoView {
    let current_user = use_current_user();
    let form = Form::new(&["email"]);
    // Where no mail can be sent, a link is what is meant, unless the other one is chosen.
    let chosen = RwSignal::new(None::<bool>);
    let by_link = Memo::new(move |_| chosen.get().unwrap_or_else(|| is_mailless(features)));
    let email = RwSignal::new(String::new());
    let role = RwSignal::new(Role::Agent.as_str().to_owned());
    let roles = roles_to_give(current_user.get_untracked().me.workspace.role);
    let options = roles
        .iter()
        .map(|it| (it.as_str().to_owned(), role_name(*it).to_owned()));
    let options = options.collect();
    let submit = move || {
        let word = role.get_untracked();
        let role = roles.iter().copied().find(|it| it.as_str() == word);
        let by_link = by_link.get_untracked();
        let address = email.get_untracked().trim().to_owned();
        let is_this = |other: &str| other.eq_ignore_ascii_case(&address);
        if !by_link && members.with_untracked(|all| all.iter().any(|it| is_this(&it.email))) {
            return form.fail_field("email", text::MEMBER_ALREADY);
        }
        if !by_link && invited.with_untracked(|all| all.iter().any(|it| is_this(it))) {
            return form.fail_field("email", text::INVITED_ALREADY);
        }
        let body = CreateInvitation {
            email: (!by_link).then_some(address),
            role: role.unwrap_or(Role::Agent),
            show_link: by_link,
        };
        form.send(current_user.get_untracked().invite(body), move |made| {
            on_made.run(made)
        });
    };
    let way = move |is_link: bool, name: &'static str| {
        view! {
            <label class="choice">
                <input type="radio" name="way" prop:checked=move || by_link.get() == is_link
                    on:change=move |_| { chosen.set(Some(is_link)); form.clear() }/>
                <span>{name}</span>
            </label>
        }
    };
    view! {
        <form class="settings-form" novalidate on:submit=on_submit(submit)>
            <FormMessage form/>
            <div class="choices" role="radiogroup" aria-label=text::INVITE_HOW>
                {way(false, text::INVITE_BY_EMAIL)}
                {way(true, text::INVITE_WITH_LINK)}
            </div>
            {move || (!by_link.get()).then(|| view! {
                <Field name="invite-email" label=text::EMAIL kind=FieldKind::Email value=email
                    error=form.of_field("email")/>
            })}
            {move || (!by_link.get() && is_mailless(features)).then(|| view! {
                <p class="settings-note" role="status">{text::INVITE_MAILLESS}</p>
            })}
            <Select name="invite-role" label=text::ROLE options value=role/>
            <DialogActions form close=on_close>{text::INVITE}</DialogActions>
        </form>
    }
}

/// The link of an invitation, which the server shows only once.
#[component]
pub(super) fn LinkToShare(
    link: String,
    /// The recipient, if no e-mail could be sent to them.
    email: Option<String>,
    on_close: Callback<()>,
) -> impl IntoView {
    view! {
        {email.map(|email| view! { <p>{text::invitation_link_for(&email)}</p> })}
        <p>{text::SHARE_LINK_LEAD}</p>
        <code class="settings-code" tabindex="0" role="textbox" aria-readonly="true" aria-label=text::INVITATION_LINK>
            {link.clone()}
        </code>
        <div class="dialog-actions">
            <CopyButton label=text::COPY_LINK text=link/>
            <Button class="button-primary" on_press=on_close>{shell::DONE}</Button>
        </div>
    }
}
