//! The account menu: availability, the team, workspaces, settings, sign-out.

use deskbell_engine::Action;
use deskbell_protocol::api::identity::auth::Membership;
use deskbell_protocol::{Availability, UserId, WorkspaceId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::areas::inbox::inbox_store::use_inbox;
use crate::shell::navigator::Navigator;
use crate::shell::route::{Route, Section};
use crate::shell::session::{SessionStore, use_current_user};
use crate::text::{people, shell as text};
use crate::ui::avatar::{Avatar, AvatarSize};
use crate::ui::icon::Icon;
use crate::ui::menu::{Menu, hide};
use crate::ui::toasts::Toasts;

const ID: &str = "account-menu";

#[component]
pub(crate) fn AccountMenu(on_shortcuts: Callback<()>) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    let toasts = expect_context::<Toasts>();
    let current_user = use_current_user();
    let sign_out = move |_| {
        let signed_in = current_user.get_untracked();
        spawn_local(async move {
            match signed_in.sign_out().await {
                Ok(_) => session.leave(),
                Err(error) => toasts.say(error.message()),
            }
        });
    };
    let inbox = use_inbox();
    let my_id = current_user.get_untracked().me.user_id;
    let mine = Memo::new(move |_| {
        inbox.team.with(|team| {
            let me = team.iter().find(|it| it.agent.id == my_id);
            me.map_or(Availability::Offline, |it| it.availability)
        })
    });
    // Without a connection nobody reaches this agent, whatever the server said last.
    let mine = Memo::new(move |_| match inbox.is_live() {
        true => mine.get(),
        false => Availability::Offline,
    });
    let label = move || {
        text::account_of(
            &current_user.get().me.name,
            people::availability(mine.get()),
        )
    };
    let face = move |size| {
        let me = current_user.get().me;
        view! { <Avatar id=me.user_id.0 name=me.name picture=me.avatar_url size/> }
    };
    let is_open = RwSignal::new(false);
    view! {
        <button
            type="button"
            class="rail-item"
            popovertarget=ID
            aria-expanded=move || is_open.get().to_string()
            aria-label=label
            title=label
            data-availability=move || word(mine.get())
            // The server does not announce which workspaces are suspended.
            on:click=move |_| session.refresh()
        >
            <span class="rail-face">{move || face(AvatarSize::Small)}</span>
            <span class="rail-word" prop:textContent=move || people::availability(mine.get())></span>
        </button>
        <Menu id=ID is_open class="account-menu" label=text::ACCOUNT>
            <div class="account-who" role="none">
                {move || face(AvatarSize::Medium)}
                <div>
                    <strong dir="auto" prop:textContent=move || current_user.get().me.name></strong>
                    <span prop:textContent=move || current_user.get().me.email></span>
                    <span dir="auto" prop:textContent=move || current_user.get().me.workspace.name></span>
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
                {Icon::Person.small()} {text::YOUR_ACCOUNT}
            </button>
            <button
                type="button"
                role="menuitem"
                class="menu-item"
                on:click=move |_| { hide(ID); on_shortcuts.run(()) }
            >
                {Icon::Keyboard.small()} {text::KEYBOARD_SHORTCUTS}
            </button>
            <button type="button" role="menuitem" class="menu-item" on:click=sign_out>
                {Icon::SignOut.small()} {text::SIGN_OUT}
            </button>
        </Menu>
    }
}

/// The workspaces of a member of several.
#[component]
fn WorkspaceChoice() -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    let toasts = expect_context::<Toasts>();
    let current_user = use_current_user();
    let enter = move |id: WorkspaceId| {
        hide(ID);
        let signed_in = current_user.get_untracked();
        if signed_in.me.workspace.id == id {
            return;
        }
        spawn_local(async move {
            match signed_in.switch_workspace(id).await {
                Ok(signed_in) => {
                    // The open conversation belongs to another workspace.
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
                <span class="menu-words" dir="auto">{place.name}</span>
                {suspended.then(|| view! { <span class="tag">{text::SUSPENDED}</span> })}
                {chosen.then(|| Icon::Check.small())}
            </button>
        }
    };
    move || {
        let me = current_user.get().me;
        (me.workspaces.len() > 1).then(|| {
            let here = me.workspace.id;
            let choices = me.workspaces.into_iter().map(|place| {
                let chosen = place.id == here;
                choice(place, chosen)
            });
            view! {
                <hr/>
                <div role="group" aria-label=text::WORKSPACES class="workspace-choice">{choices.collect_view()}</div>
            }
        })
    }
}

/// The choice of the member's own availability.
#[component]
fn AvailabilityChoice(mine: Memo<Availability>) -> impl IntoView {
    let inbox = use_inbox();
    let choice = move |(value, name): (Availability, &'static str)| {
        let chosen = move || mine.get() == value;
        view! {
            <button
                type="button"
                role="menuitemradio"
                class="menu-item"
                data-availability=word(value)
                aria-checked=move || chosen().to_string()
                on:click=move |_| { inbox.act(Action::SetAway(value == Availability::Away)); hide(ID) }
            >
                <span class="availability-dot"></span> {name}
                {move || chosen().then(|| Icon::Check.small())}
            </button>
        }
    };
    [
        (Availability::Online, people::ONLINE),
        (Availability::Away, people::AWAY),
    ]
    .map(choice)
}

/// The teammates who are online or away.
#[component]
fn Team(me: UserId) -> impl IntoView {
    let inbox = use_inbox();
    let others = Memo::new(move |_| {
        let is_other = |agent: &&deskbell_protocol::AgentPresence| agent.agent.id != me;
        inbox
            .team
            .with(|team| team.iter().filter(is_other).cloned().collect::<Vec<_>>())
    });
    let row = move |teammate: deskbell_protocol::AgentPresence| {
        let availability = match inbox.is_live() {
            true => teammate.availability,
            false => Availability::Unknown,
        };
        view! {
            <div class="team-row" role="menuitem" aria-disabled="true" data-availability=word(availability)>
                <span class="availability-dot"></span>
                <span dir="auto">{teammate.agent.name}</span>
                <span class="team-word">{people::availability(availability)}</span>
            </div>
        }
    };
    view! {
        <div class="team" role="group" aria-label=text::TEAM>
            <div class="team-head" role="presentation">{text::TEAM}</div>
            {move || match others.get() {
                none if none.is_empty() => view! {
                    <div class="team-row" role="menuitem" aria-disabled="true">{text::NO_ONE_ONLINE}</div>
                }.into_any(),
                some => some.into_iter().map(row).collect_view().into_any(),
            }}
        </div>
    }
}

/// The availability as a word for the style sheet.
fn word(availability: Availability) -> &'static str {
    match availability {
        Availability::Online => "online",
        Availability::Away => "away",
        Availability::Offline | Availability::Unknown => "offline",
    }
}
