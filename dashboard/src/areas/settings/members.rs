//! `/app/settings/members`: the members of the workspace, their roles, and invitations.

mod invitations;
mod invite;
mod remove;

use deskbell_protocol::api::workspace::members::Member;
use deskbell_protocol::{Role, UserId};
use leptos::html;
use leptos::prelude::*;

use crate::shell::form::Form;
use crate::shell::form_parts::FormMessage;
use crate::shell::labels::{manages, roles_to_give};
use crate::shell::resource::Resource;
use crate::shell::resource_area::ResourceArea;
use crate::shell::session::{SessionStore, use_current_user};
use crate::text::people::{role_name, role_with_article};
use crate::text::settings as text;
use crate::ui::avatar::Avatar;
use crate::ui::confirm_dialog::ConfirmDialog;
use invitations::InvitationsPart;
use remove::RemoveDialog;

#[component]
pub(super) fn MembersPage() -> impl IntoView {
    let current_user = use_current_user();
    let session = expect_context::<SessionStore>();
    let members = Resource::new(move || current_user.get_untracked().list_members());
    let form = Form::new(&[]);
    let leaving = RwSignal::new(None::<Member>);
    // The chosen role, until it is confirmed.
    let wanted = RwSignal::new(None::<(Member, Role)>);
    let asks_role = RwSignal::new(false);
    let me = current_user.get_untracked().me;
    let my_id = me.user_id;
    let set_role = Callback::new(move |()| {
        let Some((member, role)) = wanted.get_untracked() else {
            return;
        };
        let user = member.user_id;
        let work = current_user.get_untracked().set_role(user, role);
        form.send(work, move |changed| {
            members.update(|members| {
                if let Some(member) = members.iter_mut().find(|it| it.user_id == user) {
                    *member = changed;
                }
            });
            if user == my_id {
                session.refresh();
            }
        });
    });
    let ask_role = Callback::new(move |change: (Member, Role)| {
        wanted.set(Some(change));
        asks_role.set(true);
    });
    let removed = Callback::new(move |user: UserId| {
        leaving.set(None);
        match user == my_id {
            true => session.refresh(),
            false => members.update(|members| members.retain(|it| it.user_id != user)),
        }
    });
    let close = Callback::new(move |()| leaving.set(None));
    let consequence = move || match wanted.get() {
        Some((member, role)) => text::change_role_lead(&member.name, role_with_article(role)),
        None => String::new(),
    };
    view! {
        <section class="settings-part" aria-labelledby="team-title">
            <header>
                <h2 id="team-title">{text::TEAM}</h2>
                <p>{text::TEAM_LEAD}</p>
            </header>
            <FormMessage form/>
            <ResourceArea load_state=members.load_state() on_retry=members.retry() what="members">
                <ul class="settings-list" aria-label=text::MEMBERS>
                    <For
                        each=move || members.get().unwrap_or_default()
                        key=|member| (member.user_id, member.role, member.name.clone(), member.avatar_url.clone())
                        let(member)
                    >
                        <MemberRow member asks_role on_role=ask_role on_remove=Callback::new(move |member| leaving.set(Some(member)))/>
                    </For>
                </ul>
            </ResourceArea>
        </section>
        {manages(me.workspace.role).then(|| view! { <InvitationsPart members/> })}
        <RemoveDialog member=leaving members on_close=close on_removed=removed/>
        <ConfirmDialog
            open=asks_role
            title=text::CHANGE_ROLE_TITLE.to_owned()
            text=Signal::derive(consequence)
            confirm=text::CHANGE_ROLE
            on_confirm=set_role
        />
    }
}

#[component]
fn MemberRow(
    member: Member,
    asks_role: RwSignal<bool>,
    on_role: Callback<(Member, Role)>,
    on_remove: Callback<Member>,
) -> impl IntoView {
    let me = use_current_user().get_untracked().me;
    let user = member.user_id;
    let is_me = me.user_id == user;
    let roles = roles_to_give(me.workspace.role);
    // A member who may not assign this role may not remove it either.
    let may = manages(me.workspace.role) && roles.contains(&member.role);
    let (role, name) = (member.role, member.name.clone());
    let option = move |it: &Role| {
        view! { <option value=it.as_str().to_owned() selected=*it == role>{role_name(*it)}</option> }
    };
    let changed = member.clone();
    let chosen = move |event: leptos::ev::Event| {
        let word = event_target_value(&event);
        let role = [Role::Owner, Role::Admin, Role::Agent]
            .into_iter()
            .find(|it| it.as_str() == word);
        if let Some(role) = role {
            on_role.run((changed.clone(), role));
        }
    };
    let select = NodeRef::<html::Select>::new();
    Effect::new(move || {
        // The row is created again with the new role; until then the role is the old one.
        if !asks_role.get()
            && let Some(select) = select.get()
        {
            select.set_value(role.as_str());
        }
    });
    let (leave, leave_open) = match is_me {
        true => (text::LEAVE, text::LEAVE_OPEN),
        false => (text::REMOVE, text::REMOVE_OPEN),
    };
    let gone = member.clone();
    view! {
        <li class="settings-item">
            <Avatar id=user.0 name=member.name.clone() picture=member.avatar_url.clone()/>
            <div class="settings-item-text">
                <strong><span dir="auto">{member.name}</span> {is_me.then(|| view! { <span class="tag">{text::YOU}</span> })}</strong>
                <span>{member.email}</span>
            </div>
            <div class="settings-item-actions">{if may {
                view! {
                    <select node_ref=select class="select" aria-label=text::role_of(&name) on:change=chosen>
                        {roles.iter().map(option).collect_view()}
                    </select>
                    <button type="button" class="button button-danger-quiet" aria-label=text::action_on(leave, &name)
                        on:click=move |_| on_remove.run(gone.clone())>{leave_open}</button>
                }.into_any()
            } else {
                view! { <span class="tag">{role_name(role)}</span> }.into_any()
            }}</div>
        </li>
    }
}
