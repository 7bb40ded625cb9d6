//! Who is signed in, whether they can be reached, who else is here, and the way out.

use deskbell_engine::Action;
use deskbell_protocol::api::auth::Membership;
use deskbell_protocol::{Availability, UserId, WorkspaceId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::avatar::{Avatar, AvatarSize};
use crate::components::icon::Icon;
use crate::components::menu::{Menu, hide};
use crate::state::desk::use_desk;
use crate::state::navigator::Navigator;
use crate::state::route::{Route, Section};
use crate::state::session::{SessionStore, use_oneself};
use crate::state::toasts::Toasts;

const ID: &str = "account-menu";

#[component]
pub(crate) fn AccountMenu(on_shortcuts: Callback<()>) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    let toasts = expect_context::<Toasts>();
    let oneself = use_oneself();
    let sign_out = move |_| {
        let signed_in = oneself.get_untracked();
        spawn_local(async move {
            match signed_in.sign_out().await {
                Ok(_) => session.leave(),
                Err(error) => toasts.say(error.message()),
            }
        });
    };
    let desk = use_desk();
    let my_id = oneself.get_untracked().me.user_id;
    let mine = Memo::new(move |_| {
        desk.team.with(|team| {
            let me = team.iter().find(|it| it.agent.id == my_id);
            me.map_or(Availability::Offline, |it| it.availability)
        })
    });
    let label = move || format!("Account of {}, {}", oneself.get().me.name, word(mine.get()));
    let face = move |size| {
        let me = oneself.get().me;
        view! { <Avatar id=me.user_id.0 name=me.name picture=me.avatar_url size/> }
    };
    view! {
        <button
            type="button"
            class="rail-item"
            popovertarget=ID
            aria-label=label
            title=move || oneself.get().me.name
            data-availability=move || word(mine.get())
            // Which workspaces are suspended, nobody tells a page.
            on:click=move |_| session.look_again()
        >
            {move || face(AvatarSize::Small)}
        </button>
        <Menu id=ID class="account-menu" label="Account">
            <div class="account-who" role="none">
                {move || face(AvatarSize::Medium)}
                <div>
                    <strong>{move || oneself.get().me.name}</strong>
                    <span>{move || oneself.get().me.email}</span>
                    <span>{move || oneself.get().me.workspace.name}</span>
                </div>
            </div>
            <hr/>
            <AvailabilityChoice mine/>
            <hr/>
            <Team me=my_id/>
            <WorkspaceChoice/>
            <hr/>
            <button
                type="button"
                role="menuitem"
                class="menu-item"
                on:click=move |_| { hide(ID); navigator.go(Route::Settings(Section::Account)) }
            >
                {Icon::Person.small()} "Your account"
            </button>
            <button
                type="button"
                role="menuitem"
                class="menu-item"
                on:click=move |_| { hide(ID); on_shortcuts.run(()) }
            >
                {Icon::Keyboard.small()} "Keyboard shortcuts"
            </button>
            <button type="button" role="menuitem" class="menu-item" on:click=sign_out>
                {Icon::SignOut.small()} "Sign out"
            </button>
        </Menu>
    }
}

/// The workspaces of somebody who belongs to several.
#[component]
fn WorkspaceChoice() -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    let toasts = expect_context::<Toasts>();
    let oneself = use_oneself();
    let enter = move |id: WorkspaceId| {
        hide(ID);
        let signed_in = oneself.get_untracked();
        if signed_in.me.workspace.id == id {
            return;
        }
        spawn_local(async move {
            match signed_in.switch_workspace(id).await {
                Ok(signed_in) => {
                    // What was open is another workspace's.
                    navigator.replace(Route::Inbox);
                    session.enter(signed_in);
                }
                Err(error) => toasts.say(error.message()),
            }
        });
    };
    let choice = move |place: Membership, chosen: bool| {
        let (id, suspended) = (place.id, place.suspended);
        view! {
            <button
                type="button"
                role="menuitemradio"
                class="menu-item"
                aria-checked=chosen.to_string()
                aria-disabled=suspended.then_some("true")
                title=suspended.then_some(place.suspended_for)
                on:click=move |_| if !suspended { enter(id) }
            >
                <span class="menu-words">{place.name}</span>
                {suspended.then(|| view! { <span class="tag">"Suspended"</span> })}
                {chosen.then(|| Icon::Check.small())}
            </button>
        }
    };
    move || {
        let me = oneself.get().me;
        (me.workspaces.len() > 1).then(|| {
            let here = me.workspace.id;
            let choices = me.workspaces.into_iter().map(|place| {
                let chosen = place.id == here;
                choice(place, chosen)
            });
            view! {
                <hr/>
                <div role="group" aria-label="Workspaces" class="workspace-choice">{choices.collect_view()}</div>
            }
        })
    }
}

/// Whether visitors and colleagues are told that one is here.
#[component]
fn AvailabilityChoice(mine: Memo<Availability>) -> impl IntoView {
    let desk = use_desk();
    let choice = move |(value, name): (Availability, &'static str)| {
        let chosen = move || mine.get() == value;
        view! {
            <button
                type="button"
                role="menuitemradio"
                class="menu-item"
                data-availability=word(value)
                aria-checked=move || chosen().to_string()
                on:click=move |_| { desk.act(Action::SetAway(value == Availability::Away)); hide(ID) }
            >
                <span class="availability-dot"></span> {name}
                {move || chosen().then(|| Icon::Check.small())}
            </button>
        }
    };
    [
        (Availability::Online, "Online"),
        (Availability::Away, "Away"),
    ]
    .map(choice)
}

/// The colleagues who are here.
#[component]
fn Team(me: UserId) -> impl IntoView {
    let desk = use_desk();
    let others = Memo::new(move |_| {
        let is_other = |agent: &&deskbell_protocol::AgentPresence| agent.agent.id != me;
        desk.team
            .with(|team| team.iter().filter(is_other).cloned().collect::<Vec<_>>())
    });
    let row = |colleague: deskbell_protocol::AgentPresence| {
        let availability = word(colleague.availability);
        view! {
            <div class="team-row" role="menuitem" aria-disabled="true" data-availability=availability>
                <span class="availability-dot"></span>
                <span>{colleague.agent.name}</span>
                <span class="team-word">{availability}</span>
            </div>
        }
    };
    view! {
        <div class="team" role="group" aria-label="Team">
            <div class="team-head" role="presentation">"Team"</div>
            {move || match others.get() {
                none if none.is_empty() => view! {
                    <div class="team-row" role="menuitem" aria-disabled="true">"Nobody else is here."</div>
                }.into_any(),
                some => some.into_iter().map(row).collect_view().into_any(),
            }}
        </div>
    }
}

fn word(availability: Availability) -> &'static str {
    match availability {
        Availability::Online => "online",
        Availability::Away => "away",
        Availability::Offline | Availability::Unknown => "offline",
    }
}
