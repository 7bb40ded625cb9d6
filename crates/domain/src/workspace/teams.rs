//! Teams: members of a workspace who answer the same conversations.

use std::collections::{BTreeSet, HashSet};

use deskbell_base::actor::Actor;
use deskbell_base::error::{AppError, AppResult, FieldErrors};
use deskbell_base::text;
use deskbell_protocol::api::workspace::teams::{CreateTeam, SetTeam, Team, Teams};
use deskbell_protocol::{ErrorCode, SiteId, TeamId, UserId, limits as sizes};
use deskbell_store::workspace::business_hours::{self, Owner};
use deskbell_store::workspace::teams::{self, NewTeam};
use deskbell_store::workspace::{limits, members};
use deskbell_store::{Error, Tx, WorkspaceScope, sites};
use serde_json::{Value, json};

use crate::core::Core;
use crate::platform::audit::{self, Action, target};

/// Lists the teams of the workspace.
pub async fn list(core: &Core, scope: &WorkspaceScope) -> AppResult<Teams> {
    let mut reader = core.db.read().await?;
    let teams = teams::list_teams(&mut reader, scope).await?;
    Ok(Teams { teams })
}

/// Gets a team of the workspace.
pub async fn get(core: &Core, scope: &WorkspaceScope, id: TeamId) -> AppResult<Team> {
    let mut reader = core.db.read().await?;
    Ok(teams::get_team(&mut reader, scope, id).await?)
}

/// Creates a team.
pub async fn create(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: CreateTeam,
) -> AppResult<Team> {
    let mut wrong = FieldErrors::default();
    let name = wrong.take(text::thing_name("name", &body.name));
    let color = wrong.take(checked_color(body.color.as_deref()));
    let languages = wrong.take(text::languages("languages", &body.languages));
    let chosen_members = wrong.take(unique_members(&body.member_ids));
    let chosen_sites = wrong.take(unique_sites(&body.site_ids));
    wrong.finish()?;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    refuse_over_limit(&mut tx, scope).await?;
    let mut wrong = FieldErrors::default();
    wrong.take(known_members(&mut tx, scope, &chosen_members).await);
    wrong.take(known_sites(&mut tx, scope, &chosen_sites).await);
    wrong.finish()?;
    let new = NewTeam {
        name_key: text::name_key(&name),
        name,
        color,
        languages,
    };
    let made = teams::create_team(&mut tx, scope, new).await;
    let id = made.map_err(name_taken)?.id;
    teams::add_members(&mut tx, scope, id, &chosen_members).await?;
    teams::set_sites(&mut tx, scope, id, &chosen_sites).await?;
    let team = teams::get_team(&mut tx, scope, id).await?;
    let details = logged(&team);
    record(&mut tx, scope, actor, Action::TeamCreated, &team, details).await?;
    tx.commit().await?;
    Ok(team)
}

/// Changes the fields that are present.
pub async fn set(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: TeamId,
    body: SetTeam,
) -> AppResult<Team> {
    let mut wrong = FieldErrors::default();
    let name = body
        .name
        .map(|name| wrong.take(text::thing_name("name", &name)));
    let color = body
        .color
        .map(|color| wrong.take(checked_color(Some(&color))));
    let languages = body
        .languages
        .map(|tags| wrong.take(text::languages("languages", &tags)));
    let new_members = body
        .member_ids
        .map(|members| wrong.take(unique_members(&members)));
    let new_sites = body.site_ids.map(|sites| wrong.take(unique_sites(&sites)));
    wrong.finish()?;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let before = teams::get_team(&mut tx, scope, id).await?;
    let mut wrong = FieldErrors::default();
    if let Some(members) = &new_members {
        wrong.take(known_members(&mut tx, scope, members).await);
    }
    if let Some(sites) = &new_sites {
        wrong.take(known_sites(&mut tx, scope, sites).await);
    }
    wrong.finish()?;
    let mut after = before.clone();
    after.name = name.unwrap_or(after.name);
    after.color = color.unwrap_or(after.color);
    after.languages = languages.unwrap_or(after.languages);
    let set = teams::set_team(&mut tx, scope, &after, &text::name_key(&after.name)).await;
    set.map_err(name_taken)?;
    if let Some(members) = new_members {
        replace_members(&mut tx, scope, &before, &members).await?;
    }
    if let Some(sites) = new_sites {
        teams::set_sites(&mut tx, scope, id, &sites).await?;
    }
    let after = teams::get_team(&mut tx, scope, id).await?;
    if after != before {
        let details = json!({ "before": logged(&before), "after": logged(&after) });
        record(&mut tx, scope, actor, Action::TeamChanged, &after, details).await?;
        tx.commit().await?;
    }
    Ok(after)
}

/// Adds a member of the workspace to a team.
pub async fn add_member(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: TeamId,
    user: UserId,
) -> AppResult<Team> {
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let team = teams::get_team(&mut tx, scope, id).await?;
    let member = members::get_member(&mut tx, scope, user).await?;
    if team.member_ids.contains(&user) {
        return Ok(team);
    }
    if team.member_ids.len() >= sizes::TEAM_MEMBERS {
        return Err(AppError::new(ErrorCode::LimitReached, too_many_members()));
    }
    teams::add_members(&mut tx, scope, id, &[user]).await?;
    let team = teams::get_team(&mut tx, scope, id).await?;
    let details = json!({ "user_id": user, "name": member.name });
    let action = Action::TeamMemberAdded;
    record(&mut tx, scope, actor, action, &team, details).await?;
    tx.commit().await?;
    Ok(team)
}

/// Removes a member from a team. They stay a member of the workspace.
pub async fn remove_member(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: TeamId,
    user: UserId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let team = teams::get_team(&mut tx, scope, id).await?;
    let member = members::get_member(&mut tx, scope, user).await?;
    if teams::remove_member(&mut tx, scope, id, user).await? {
        let details = json!({ "user_id": user, "name": member.name });
        let action = Action::TeamMemberRemoved;
        record(&mut tx, scope, actor, action, &team, details).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Deletes a team. Its members stay members of the workspace.
pub async fn delete(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: TeamId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let team = teams::get_team(&mut tx, scope, id).await?;
    end_team(&mut tx, scope, id).await?;
    let details = logged(&team);
    record(&mut tx, scope, actor, Action::TeamDeleted, &team, details).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a team of a locked workspace: deletes everything that belongs to it, then the team. What refers
/// to a team and outlives it loses its team here.
async fn end_team(tx: &mut Tx, scope: &WorkspaceScope, id: TeamId) -> AppResult<()> {
    business_hours::delete_hours(tx, scope.workspace_id, Owner::Team(id)).await?;
    Ok(teams::delete_team(tx, scope, id).await?)
}

/// Removes those who are not chosen, and adds the others. Members who stay keep their place in the order.
async fn replace_members(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    team: &Team,
    chosen: &[UserId],
) -> AppResult<()> {
    let kept: HashSet<_> = chosen.iter().collect();
    for member in team.member_ids.iter().filter(|it| !kept.contains(it)) {
        teams::remove_member(tx, scope, team.id, *member).await?;
    }
    Ok(teams::add_members(tx, scope, team.id, chosen).await?)
}

async fn refuse_over_limit(tx: &mut Tx, scope: &WorkspaceScope) -> AppResult<()> {
    let count = teams::count_teams(tx, scope).await?;
    if usize::try_from(count).is_ok_and(|count| count < sizes::TEAMS) {
        return Ok(());
    }
    let message = format!(
        "A workspace can have at most {} teams. Delete some first.",
        sizes::TEAMS
    );
    Err(AppError::new(ErrorCode::LimitReached, message))
}

fn checked_color(color: Option<&str>) -> AppResult<Option<String>> {
    let color = color.filter(|color| !color.trim().is_empty());
    color.map(|color| text::color("color", color)).transpose()
}

fn too_many_members() -> String {
    let most = sizes::TEAM_MEMBERS;
    format!("A team can have at most {most} members.")
}

fn unique_members(members: &[UserId]) -> AppResult<Vec<UserId>> {
    let unique: BTreeSet<_> = members.iter().copied().collect();
    match unique.len() <= sizes::TEAM_MEMBERS {
        true => Ok(unique.into_iter().collect()),
        false => Err(AppError::invalid("member_ids", too_many_members())),
    }
}

fn unique_sites(sites: &[SiteId]) -> AppResult<Vec<SiteId>> {
    let unique: BTreeSet<_> = sites.iter().copied().collect();
    if unique.len() <= sizes::TEAM_SITES {
        return Ok(unique.into_iter().collect());
    }
    let message = format!("A team can have at most {} sites.", sizes::TEAM_SITES);
    Err(AppError::invalid("site_ids", message))
}

async fn known_members(tx: &mut Tx, scope: &WorkspaceScope, chosen: &[UserId]) -> AppResult<()> {
    if chosen.is_empty() {
        return Ok(());
    }
    let all = members::list_members(tx, scope).await?;
    let known: HashSet<_> = all.iter().map(|member| member.user_id).collect();
    if chosen.iter().all(|user| known.contains(user)) {
        return Ok(());
    }
    let message = "Some of these people are not members of this workspace any more. Reload the page and choose again.";
    Err(AppError::invalid("member_ids", message))
}

async fn known_sites(tx: &mut Tx, scope: &WorkspaceScope, chosen: &[SiteId]) -> AppResult<()> {
    if chosen.is_empty() {
        return Ok(());
    }
    let all = sites::list_sites(tx, scope).await?;
    let known: HashSet<_> = all.iter().map(|site| site.id).collect();
    if chosen.iter().all(|site| known.contains(site)) {
        return Ok(());
    }
    let message = "Some of these sites have been deleted. Reload the page and choose again.";
    Err(AppError::invalid("site_ids", message))
}

fn name_taken(error: Error) -> AppError {
    match error {
        Error::Conflict(_) => {
            let message = "Another team has this name. Choose another one.";
            AppError::in_field(ErrorCode::Conflict, "name", message)
        }
        error => error.into(),
    }
}

/// A team as the audit log shows it.
fn logged(team: &Team) -> Value {
    json!({
        "name": team.name,
        "color": team.color,
        "member_ids": team.member_ids,
        "site_ids": team.site_ids,
        "languages": team.languages,
    })
}

async fn record(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    actor: &Actor,
    action: Action,
    team: &Team,
    details: Value,
) -> AppResult<()> {
    let what = target("team", team.id, &team.name);
    audit::record(tx, scope.workspace_id, actor, action, what, details).await
}
