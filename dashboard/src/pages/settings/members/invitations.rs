//! Who is asked to join, and has not answered.

use deskbell_protocol::api::invitations::{Invitation, InvitationState};
use leptos::prelude::*;

use super::invite::{InviteForm, LinkToHandOn};
use crate::components::button::Button;
use crate::components::dialog::Dialog;
use crate::components::form_parts::FormMessage;
use crate::components::icon::Icon;
use crate::components::remote_area::RemoteArea;
use crate::state::clock::use_clock;
use crate::state::form::Form;
use crate::state::format;
use crate::state::remote::Remote;
use crate::state::session::use_oneself;
use crate::state::toasts::Toasts;
use crate::state::words::role_name;

#[component]
pub(super) fn InvitationsPart() -> impl IntoView {
    let oneself = use_oneself();
    let toasts = expect_context::<Toasts>();
    let found = Remote::new(move || oneself.get_untracked().list_invitations());
    let inviting = RwSignal::new(false);
    let shown = RwSignal::new(None::<String>);
    let form = Form::new(&[]);
    let open = Memo::new(move |_| {
        let mut all = found.get().unwrap_or_default();
        all.retain(|it| matches!(it.state, InvitationState::Open | InvitationState::Expired));
        all
    });
    let made = Callback::new(move |invitation: Invitation| {
        inviting.set(false);
        match invitation.link {
            Some(link) => shown.set(Some(link)),
            None => toasts.say(format!(
                "The invitation is on its way to {}.",
                invitation.email.unwrap_or_default()
            )),
        }
        found.reload();
    });
    let again = Callback::new(move |invitation: Invitation| {
        form.send(
            oneself.get_untracked().invite_again(invitation.id),
            move |answer| made.run(answer),
        );
    });
    let revoke = Callback::new(move |invitation: Invitation| {
        let id = invitation.id;
        form.send(oneself.get_untracked().revoke_invitation(id), move |()| {
            found.update(|all| all.retain(|it| it.id != id));
        });
    });
    let begin = Callback::new(move |()| inviting.set(true));
    let close = Callback::new(move |()| inviting.set(false));
    let hide = Callback::new(move |()| shown.set(None));
    view! {
        <section class="settings-part" aria-labelledby="invitations-title">
            <header>
                <h2 id="invitations-title">"Invitations"</h2>
                <p>"Each is good once, and for seven days."</p>
            </header>
            <FormMessage form/>
            <RemoteArea standing=found.standing() on_retry=found.retry() what="invitations">
                {move || open.with(Vec::is_empty).then(|| view! { <p class="settings-note">"Nobody is invited at the moment."</p> })}
                <ul class="settings-list" aria-label="Invitations">
                    <For each=move || open.get() key=|it| (it.id, it.expires_at) let(invitation)>
                        <InvitationRow invitation on_again=again on_revoke=revoke/>
                    </For>
                </ul>
            </RemoteArea>
            <Button class="button-primary" on_press=begin>{Icon::Plus.small()} "Invite somebody…"</Button>
        </section>
        <Dialog title="Invite somebody" open=inviting on_close=close>
            <InviteForm on_close=close on_made=made/>
        </Dialog>
        <Dialog title="Hand this link on" open=Signal::derive(move || shown.with(Option::is_some)) on_close=hide>
            {move || shown.get_untracked().map(|link| view! { <LinkToHandOn link on_close=hide/> })}
        </Dialog>
    }
}

#[component]
fn InvitationRow(
    invitation: Invitation,
    on_again: Callback<Invitation>,
    on_revoke: Callback<Invitation>,
) -> impl IntoView {
    let clock = use_clock();
    let by_mail = invitation.email.is_some();
    let who = invitation
        .email
        .clone()
        .unwrap_or_else(|| "Whoever has the link".to_owned());
    let is_open = invitation.state == InvitationState::Open;
    let until = invitation.expires_at;
    let state = move || match is_open {
        true => format!("ends {}", format::left(until, clock.now())),
        false => "has expired".to_owned(),
    };
    let (role, by) = (role_name(invitation.role), invitation.invited_by.clone());
    let (renewed, revoked) = (invitation.clone(), invitation);
    let verb = if by_mail { "Send again" } else { "New link" };
    view! {
        <li class="settings-item">
            <span class="settings-item-icon">{Icon::Person.large()}</span>
            <div class="settings-item-text">
                <strong>{who.clone()}</strong>
                <span>{move || format!("{role}, invited by {by}, {}", state())}</span>
            </div>
            <button type="button" class="button" aria-label=format!("{verb}: {who}")
                on:click=move |_| on_again.run(renewed.clone())>{verb}</button>
            <button type="button" class="button" aria-label=format!("Revoke: {who}")
                on:click=move |_| on_revoke.run(revoked.clone())>"Revoke"</button>
        </li>
    }
}
