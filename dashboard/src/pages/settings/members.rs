//! `/app/settings/members`: who works here, and who is asked to.

mod invitations;
mod invite;
mod remove;

use deskbell_protocol::api::members::Member;
use deskbell_protocol::{Role, UserId};
use leptos::html;
use leptos::prelude::*;

use crate::components::avatar::Avatar;
use crate::components::form_parts::FormMessage;
use crate::components::remote_area::RemoteArea;
use crate::state::form::Form;
use crate::state::remote::Remote;
use crate::state::session::{SessionStore, use_oneself};
use crate::state::words::{manages, role_name, roles_to_give};
use invitations::InvitationsPart;
use remove::RemoveDialog;

#[component]
pub(super) fn MembersPage() -> impl IntoView {
    let oneself = use_oneself();
    let session = expect_context::<SessionStore>();
    let members = Remote::new(move || oneself.get_untracked().list_members());
    let form = Form::new(&[]);
    let leaving = RwSignal::new(None::<Member>);
    let me = oneself.get_untracked().me;
    let my_id = me.user_id;
    let set_role = Callback::new(move |(user, role): (UserId, Role)| {
        form.send(
            oneself.get_untracked().set_role(user, role),
            move |changed| {
                members.update(|members| {
                    if let Some(member) = members.iter_mut().find(|it| it.user_id == user) {
                        *member = changed;
                    }
                });
                if user == my_id {
                    session.look_again();
                }
            },
        );
    });
    let removed = Callback::new(move |user: UserId| {
        leaving.set(None);
        match user == my_id {
            true => session.look_again(),
            false => members.update(|members| members.retain(|it| it.user_id != user)),
        }
    });
    let close = Callback::new(move |()| leaving.set(None));
    view! {
        <section class="settings-part" aria-labelledby="team-title">
            <header>
                <h2 id="team-title">"Team"</h2>
                <p>"Agents answer visitors. Admins also run the workspace; owners also make and unmake owners."</p>
            </header>
            <FormMessage form/>
            <RemoteArea standing=members.standing() on_retry=members.retry() what="members">
                <ul class="settings-list" aria-label="Members">
                    <For
                        each=move || members.get().unwrap_or_default()
                        key=|member| (member.user_id, member.role, member.name.clone(), member.avatar_url.clone())
                        let(member)
                    >
                        <MemberRow member form on_role=set_role on_remove=Callback::new(move |member| leaving.set(Some(member)))/>
                    </For>
                </ul>
            </RemoteArea>
        </section>
        {manages(me.workspace.role).then(|| view! { <InvitationsPart/> })}
        <RemoveDialog member=leaving members on_close=close on_removed=removed/>
    }
}

#[component]
fn MemberRow(
    member: Member,
    form: Form,
    on_role: Callback<(UserId, Role)>,
    on_remove: Callback<Member>,
) -> impl IntoView {
    let me = use_oneself().get_untracked().me;
    let user = member.user_id;
    let is_me = me.user_id == user;
    let roles = roles_to_give(me.workspace.role);
    // What one may not give one may not take either.
    let may = manages(me.workspace.role) && roles.contains(&member.role);
    let (role, name) = (member.role, member.name.clone());
    let option = move |it: &Role| {
        view! { <option value=it.as_str() selected=*it == role>{role_name(*it)}</option> }
    };
    let chosen = move |event: leptos::ev::Event| {
        let word = event_target_value(&event);
        let role = [Role::Owner, Role::Admin, Role::Agent]
            .into_iter()
            .find(|it| it.as_str() == word);
        if let Some(role) = role {
            on_role.run((user, role));
        }
    };
    let select = NodeRef::<html::Select>::new();
    Effect::new(move || {
        // What was refused is not so.
        if form.message().is_some()
            && let Some(select) = select.get()
        {
            select.set_value(role.as_str());
        }
    });
    let leave = if is_me { "Leave" } else { "Remove" };
    let gone = member.clone();
    view! {
        <li class="settings-item">
            <Avatar id=user.0 name=member.name.clone() picture=member.avatar_url.clone()/>
            <div class="settings-item-text">
                <strong>{member.name} {is_me.then(|| view! { <span class="tag">"You"</span> })}</strong>
                <span>{member.email}</span>
            </div>
            {if may {
                view! {
                    <select node_ref=select class="select" aria-label=format!("Role of {name}") on:change=chosen>
                        {roles.iter().map(option).collect_view()}
                    </select>
                    <button type="button" class="button" aria-label=format!("{leave} {name}")
                        on:click=move |_| on_remove.run(gone.clone())>{format!("{leave}…")}</button>
                }.into_any()
            } else {
                view! { <span class="tag">{role_name(role)}</span> }.into_any()
            }}
        </li>
    }
}
