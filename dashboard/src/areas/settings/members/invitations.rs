//! The open invitations of the workspace.

use deskbell_protocol::api::workspace::invitations::{Invitation, InvitationState};
use deskbell_protocol::api::workspace::members::Member;
use leptos::prelude::*;

use super::invite::{InviteForm, LinkToShare};
use crate::browser::clock::use_clock;
use crate::format;
use crate::shell::form::Form;
use crate::shell::form_parts::FormMessage;
use crate::shell::resource::Resource;
use crate::shell::resource_area::ResourceArea;
use crate::shell::server_features::{is_mailless, use_server_features};
use crate::shell::session::use_current_user;
use crate::text::people::role_name;
use crate::text::settings as text;
use crate::ui::button::Button;
use crate::ui::confirm_dialog::ConfirmDialog;
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;
use crate::ui::toasts::Toasts;

#[component]
pub(super) fn InvitationsPart(members: Resource<Vec<Member>>) -> impl IntoView {
    let current_user = use_current_user();
    let toasts = expect_context::<Toasts>();
    let found = Resource::new(move || current_user.get_untracked().list_invitations());
    let features = use_server_features();
    let sends_mail = Signal::derive(move || !is_mailless(features));
    let inviting = RwSignal::new(false);
    let shown = RwSignal::new(None::<(String, Option<String>)>);
    let form = Form::new(&[]);
    let open = Memo::new(move |_| {
        let mut all = found.get().unwrap_or_default();
        all.retain(|it| matches!(it.state, InvitationState::Open | InvitationState::Expired));
        all
    });
    let made = Callback::new(move |invitation: Invitation| {
        inviting.set(false);
        match invitation.link {
            Some(link) => shown.set(Some((link, invitation.email))),
            None => toasts.say(text::invitation_sent(&invitation.email.unwrap_or_default())),
        }
        found.reload();
    });
    let renew = Callback::new(move |invitation: Invitation| {
        let work = current_user.get_untracked().invite_again(invitation.id);
        form.send(work, move |answer| made.run(answer));
    });
    let revoking = RwSignal::new(None::<Invitation>);
    let asks_revoke = RwSignal::new(false);
    let ask_revoke = Callback::new(move |invitation: Invitation| {
        revoking.set(Some(invitation));
        asks_revoke.set(true);
    });
    let revoke = Callback::new(move |()| {
        let Some(id) = revoking.get_untracked().map(|it| it.id) else {
            return;
        };
        form.send(
            current_user.get_untracked().revoke_invitation(id),
            move |()| {
                found.update(|all| all.retain(|it| it.id != id));
            },
        );
    });
    let invited = Signal::derive(move || {
        let all = open.get().into_iter();
        let pending = all.filter(|it| it.state == InvitationState::Open);
        pending.filter_map(|it| it.email).collect::<Vec<_>>()
    });
    let who_loses = move || text::revoke_lead(&revoking.get().map_or(String::new(), invitee));
    let begin = Callback::new(move |()| inviting.set(true));
    let close = Callback::new(move |()| inviting.set(false));
    let hide = Callback::new(move |()| shown.set(None));
    let known_members = Signal::derive(move || members.get().unwrap_or_default());
    view! {
        <section class="settings-part" aria-labelledby="invitations-title">
            <header>
                <h2 id="invitations-title">{text::INVITATIONS}</h2>
                <p>{text::INVITATIONS_LEAD}</p>
            </header>
            <FormMessage form/>
            <ResourceArea load_state=found.load_state() on_retry=found.retry() what="invitations">
                {move || open.with(Vec::is_empty).then(|| view! { <p class="settings-note">{text::NO_INVITATIONS}</p> })}
                <ul class="settings-list" aria-label=text::INVITATIONS>
                    <For each=move || open.get() key=|it| (it.id, it.expires_at) let(invitation)>
                        <InvitationRow invitation sends_mail on_renew=renew on_revoke=ask_revoke/>
                    </For>
                </ul>
            </ResourceArea>
            <Button class="button-primary" on_press=begin>{Icon::Plus.small()} <span>{text::INVITE_MEMBER_OPEN}</span></Button>
        </section>
        <Dialog title=text::INVITE_MEMBER open=inviting on_close=close>
            <InviteForm members=known_members invited features on_close=close on_made=made/>
        </Dialog>
        <Dialog title=text::SHARE_LINK open=Signal::derive(move || shown.with(Option::is_some)) on_close=hide>
            {move || shown.get_untracked().map(|(link, email)| view! { <LinkToShare link email on_close=hide/> })}
        </Dialog>
        <ConfirmDialog
            open=asks_revoke
            title=text::REVOKE_TITLE.to_owned()
            text=Signal::derive(who_loses)
            confirm=text::REVOKE
            is_danger=true
            on_confirm=revoke
        />
    }
}

/// The recipient of an invitation.
fn invitee(invitation: Invitation) -> String {
    invitation
        .email
        .unwrap_or_else(|| text::ANYONE_WITH_LINK.to_owned())
}

#[component]
fn InvitationRow(
    invitation: Invitation,
    sends_mail: Signal<bool>,
    on_renew: Callback<Invitation>,
    on_revoke: Callback<Invitation>,
) -> impl IntoView {
    let clock = use_clock();
    let by_mail = invitation.email.is_some();
    let who = invitee(invitation.clone());
    let is_open = invitation.state == InvitationState::Open;
    let until = invitation.expires_at;
    let state = move || match is_open {
        true => text::expires(&format::left(until, clock.now())),
        false => text::EXPIRED.to_owned(),
    };
    let (role, by) = (role_name(invitation.role), invitation.invited_by.clone());
    let (renewed, revoked) = (invitation.clone(), invitation);
    let verb = move || match by_mail && sends_mail.get() {
        true => text::SEND_AGAIN,
        false => text::NEW_LINK,
    };
    let renew_whom = who.clone();
    view! {
        <li class="settings-item">
            <span class="settings-item-icon">{Icon::Person.large()}</span>
            <div class="settings-item-text">
                <strong>{who.clone()}</strong>
                <span dir="auto" prop:textContent=move || text::invitation_facts(role, &by, &state())></span>
            </div>
            <div class="settings-item-actions">
            <button type="button" class="button" aria-label=move || text::action_for(verb(), &renew_whom)
                prop:textContent=verb
                on:click=move |_| on_renew.run(renewed.clone())></button>
            <button type="button" class="button button-danger-quiet" aria-label=text::action_for(text::REVOKE, &who)
                on:click=move |_| on_revoke.run(revoked.clone())>{text::REVOKE_OPEN}</button>
            </div>
        </li>
    }
}
