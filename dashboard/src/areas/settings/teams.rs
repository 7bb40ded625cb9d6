//! `/app/settings/teams`: the teams of the workspace, their members, sites and languages.

mod delete;
mod edit;

use deskbell_protocol::api::sites::Site;
use deskbell_protocol::api::workspace::members::Member;
use deskbell_protocol::api::workspace::teams::Team;
use leptos::prelude::*;

use crate::api::ApiError;
use crate::browser::locale::language_name;
use crate::shell::labels::{first_name, manages};
use crate::shell::resource::Resource;
use crate::shell::resource_area::ResourceArea;
use crate::shell::session::use_current_user;
use crate::text::{settings, teams as text};
use crate::ui::button::Button;
use crate::ui::dialog::Dialog;
use crate::ui::icon::Icon;
use crate::ui::notice::EmptyNotice;
use delete::DeleteForm;
use edit::TeamForm;

/// What the page shows: the teams, and the members and sites of the workspace.
#[derive(Clone, Default, PartialEq)]
struct Loaded {
    teams: Vec<Team>,
    members: Vec<Member>,
    sites: Vec<Site>,
}

/// The open dialog, and its team.
#[derive(Clone)]
enum OpenDialog {
    Add,
    Edit(Team),
    Delete(Team),
}

#[component]
pub(super) fn TeamsPage() -> impl IntoView {
    let current_user = use_current_user();
    let loaded = Resource::new(move || {
        let signed_in = current_user.get_untracked();
        async move {
            let teams = signed_in.clone().list_teams().await?;
            let members = signed_in.clone().list_members().await?;
            let sites = signed_in.list_sites().await?;
            Ok::<_, ApiError>(Loaded {
                teams,
                members,
                sites,
            })
        }
    });
    let dialog = RwSignal::new(None::<OpenDialog>);
    let may = manages(current_user.get_untracked().me.workspace.role);
    let shown = Memo::new(move |_| loaded.get().unwrap_or_default());
    let is_empty = Memo::new(move |_| shown.with(|shown| shown.teams.is_empty()));
    let add = Callback::new(move |()| dialog.set(Some(OpenDialog::Add)));
    let close = Callback::new(move |()| dialog.set(None));
    let changed = Callback::new(move |()| {
        dialog.set(None);
        loaded.reload();
    });
    let none = if may {
        text::NO_TEAMS_LEAD
    } else {
        text::NO_TEAMS_AGENT
    };
    view! {
        <section class="settings-part" aria-labelledby="teams-title">
            <header>
                <h2 id="teams-title">{text::YOUR_TEAMS}</h2>
                <p>{text::TEAMS_LEAD}</p>
            </header>
            <ResourceArea load_state=loaded.load_state() on_retry=loaded.retry() what="teams">
                {move || is_empty.get().then(|| view! {
                    <EmptyNotice title=text::NO_TEAMS><p>{none}</p></EmptyNotice>
                })}
                <ul class="settings-list" aria-label=text::TEAMS>
                    {move || shown.get().teams.into_iter().map(|team| view! {
                        <TeamRow team shown dialog may/>
                    }).collect_view()}
                </ul>
            </ResourceArea>
            {move || (may && loaded.get().is_some()).then(|| view! {
                <Button class="button-primary" on_press=add>{Icon::Plus.small()} {text::ADD_TEAM_OPEN}</Button>
            })}
        </section>
        <TeamDialogs dialog shown close changed/>
    }
}

#[component]
fn TeamRow(
    team: Team,
    shown: Memo<Loaded>,
    dialog: RwSignal<Option<OpenDialog>>,
    may: bool,
) -> impl IntoView {
    let (members, scope) =
        shown.with_untracked(|shown| (members_line(&team, shown), scope_line(&team, shown)));
    let (name, color) = (team.name.clone(), team.color.clone());
    let act = move |class: &'static str,
                    verb: &'static str,
                    label: &'static str,
                    what: fn(Team) -> OpenDialog| {
        let team = team.clone();
        let label = settings::action_on(label, &team.name);
        view! {
            <button type="button" class=class aria-label=label
                on:click=move |_| dialog.set(Some(what(team.clone())))>{verb}</button>
        }
    };
    view! {
        <li class="settings-item">
            <span class="settings-item-icon team-icon" style=("--team", color)>{Icon::Team.large()}</span>
            <div class="settings-item-text">
                <strong><span dir="auto">{name}</span></strong>
                <span dir="auto">{members}</span>
                <span dir="auto">{scope}</span>
            </div>
            {may.then(|| view! {
                <div class="settings-item-actions">
                    {act("button", settings::EDIT_OPEN, settings::EDIT, OpenDialog::Edit)}
                    {act("button button-danger-quiet", settings::DELETE_OPEN, settings::DELETE, OpenDialog::Delete)}
                </div>
            })}
        </li>
    }
}

fn members_line(team: &Team, loaded: &Loaded) -> String {
    let name_of = |id| {
        let member = loaded.members.iter().find(|it| it.user_id == id);
        member.map(|it| first_name(&it.name))
    };
    let names: Vec<_> = team
        .member_ids
        .iter()
        .copied()
        .filter_map(name_of)
        .collect();
    text::members_of(&names)
}

fn scope_line(team: &Team, loaded: &Loaded) -> String {
    let sites = loaded
        .sites
        .iter()
        .filter(|it| team.site_ids.contains(&it.id));
    let sites: Vec<_> = sites.map(|site| site.name.clone()).collect();
    let languages: Vec<_> = team
        .languages
        .iter()
        .map(|tag| language_name(tag))
        .collect();
    text::scope_of(&sites, &languages)
}

#[component]
fn TeamDialogs(
    dialog: RwSignal<Option<OpenDialog>>,
    shown: Memo<Loaded>,
    close: Callback<()>,
    changed: Callback<()>,
) -> impl IntoView {
    let is = move |test: fn(&OpenDialog) -> bool| {
        Signal::derive(move || dialog.with(|dialog| dialog.as_ref().is_some_and(test)))
    };
    // The team stays the same while the dialog is open.
    let team = move || match dialog.get_untracked()? {
        OpenDialog::Add => None,
        OpenDialog::Edit(team) | OpenDialog::Delete(team) => Some(team),
    };
    view! {
        <Dialog title=text::ADD_TEAM open=is(|it| matches!(it, OpenDialog::Add)) on_close=close>
            <TeamForm team=None loaded=shown.get_untracked() close changed/>
        </Dialog>
        <Dialog title=text::EDIT_TEAM open=is(|it| matches!(it, OpenDialog::Edit(_))) on_close=close>
            <TeamForm team=team() loaded=shown.get_untracked() close changed/>
        </Dialog>
        <Dialog title=text::DELETE_TEAM_TITLE open=is(|it| matches!(it, OpenDialog::Delete(_))) on_close=close>
            {team().map(|team| view! { <DeleteForm team close changed/> })}
        </Dialog>
    }
}
