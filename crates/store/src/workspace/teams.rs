//! Teams of a workspace, their members and their sites.
//!
//! Every change of a team is made under the lock of its workspace, as the end of a membership and the
//! deletion of a site are.

use std::collections::HashMap;

use deskbell_protocol::api::workspace::teams::Team;
use deskbell_protocol::{SiteId, TeamId, UserId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::{Json, Uuid};

use crate::db::rows::{query, runs};
use crate::error::{expect_changed, or_conflict};
use crate::{Handle, Result, Tx, WorkspaceScope};

/// A team that is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTeam {
    pub name: String,
    /// The name without the difference of upper and lower case; unique in the workspace.
    pub name_key: String,
    pub color: Option<String>,
    pub languages: Vec<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    color: Option<String>,
    languages: Json<Vec<String>>,
    created_at: i64,
}

const INSERT: &str = "INSERT INTO teams (id, workspace_id, name, name_key, color, languages, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const LIST: &str =
    "SELECT id, name, color, languages, created_at FROM teams WHERE workspace_id = $1";
const GET: &str =
    "SELECT id, name, color, languages, created_at FROM teams WHERE workspace_id = $1 AND id = $2";
const COUNT: &str = "SELECT COUNT(*) FROM teams WHERE workspace_id = $1";
const SET: &str = "UPDATE teams SET name = $3, name_key = $4, color = $5, languages = $6 \
    WHERE workspace_id = $1 AND id = $2";
const DELETE: &str = "DELETE FROM teams WHERE workspace_id = $1 AND id = $2";

const MEMBERS: &str = "SELECT team_id, user_id FROM team_members \
    WHERE workspace_id = $1 ORDER BY created_at, user_id";
const MEMBERS_OF: &str = "SELECT team_id, user_id FROM team_members \
    WHERE workspace_id = $1 AND team_id = $2 ORDER BY created_at, user_id";
const ADD_MEMBERS: [&str; 2] = [
    "INSERT INTO team_members (workspace_id, team_id, user_id, created_at) VALUES ",
    " ON CONFLICT (team_id, user_id) DO NOTHING",
];
const ADD_MEMBERS_COLUMNS: usize = 4;
const REMOVE_MEMBER: &str =
    "DELETE FROM team_members WHERE workspace_id = $1 AND team_id = $2 AND user_id = $3";
const REMOVE_MEMBERS: &str = "DELETE FROM team_members WHERE workspace_id = $1 AND team_id = $2";

const SITES: &str = "SELECT t.team_id, t.site_id FROM team_sites t JOIN sites s ON s.id = t.site_id \
    WHERE t.workspace_id = $1 AND s.deleted_at IS NULL ORDER BY s.created_at, s.id";
const SITES_OF: &str = "SELECT t.team_id, t.site_id FROM team_sites t JOIN sites s ON s.id = t.site_id \
    WHERE t.workspace_id = $1 AND t.team_id = $2 AND s.deleted_at IS NULL ORDER BY s.created_at, s.id";
const ADD_SITES: [&str; 2] = [
    "INSERT INTO team_sites (workspace_id, team_id, site_id) VALUES ",
    " ON CONFLICT (team_id, site_id) DO NOTHING",
];
const ADD_SITES_COLUMNS: usize = 3;
const REMOVE_SITES: &str = "DELETE FROM team_sites WHERE workspace_id = $1 AND team_id = $2";
const REMOVE_RESPONSES: &str =
    "DELETE FROM canned_responses WHERE workspace_id = $1 AND team_id = $2";
const REMOVE_SITE: &str = "DELETE FROM team_sites WHERE workspace_id = $1 AND site_id = $2";

/// Creates a team without members and sites. `Conflict` if the name is taken.
pub async fn create_team(tx: &mut Tx, scope: &WorkspaceScope, new: NewTeam) -> Result<Team> {
    let id = TeamId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(scope.workspace_id.0).bind(&new.name).bind(&new.name_key)
        .bind(new.color.as_deref()).bind(Json(&new.languages)).bind(now)
        .execute(c).await.map(drop))
    .map_err(or_conflict("team"))?;
    Ok(Team {
        id,
        name: new.name,
        color: new.color,
        member_ids: Vec::new(),
        site_ids: Vec::new(),
        languages: new.languages,
        created_at: now,
    })
}

/// Lists the workspace's teams with their members and sites, in the order of their names.
pub async fn list_teams(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<Vec<Team>> {
    let workspace = scope.workspace_id.0;
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(LIST).bind(workspace).fetch_all(c).await)?;
    let members = on!(handle, c => sqlx::query_as(MEMBERS).bind(workspace).fetch_all(c).await)?;
    let sites = on!(handle, c => sqlx::query_as(SITES).bind(workspace).fetch_all(c).await)?;
    let (mut members, mut sites) = (by_team(members), by_team(sites));
    let teams = rows.into_iter().map(|row| {
        let id = row.id;
        let members = members.remove(&id).unwrap_or_default();
        row.with(members, sites.remove(&id).unwrap_or_default())
    });
    let mut teams: Vec<_> = teams.collect();
    // The databases order letters differently.
    teams.sort_by_cached_key(|team| (team.name.to_lowercase(), team.id));
    Ok(teams)
}

/// Gets a team of the workspace.
pub async fn get_team(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    id: TeamId,
) -> Result<Team> {
    let workspace = scope.workspace_id.0;
    let row: Row =
        on!(handle, c => sqlx::query_as(GET).bind(workspace).bind(id.0).fetch_one(c).await)?;
    let members = on!(handle, c => sqlx::query_as(MEMBERS_OF)
        .bind(workspace).bind(id.0).fetch_all(c).await)?;
    let sites = on!(handle, c => sqlx::query_as(SITES_OF)
        .bind(workspace).bind(id.0).fetch_all(c).await)?;
    let (mut members, mut sites) = (by_team(members), by_team(sites));
    let members = members.remove(&id.0).unwrap_or_default();
    Ok(row.with(members, sites.remove(&id.0).unwrap_or_default()))
}

/// Counts the workspace's teams.
pub async fn count_teams(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(COUNT).bind(scope.workspace_id.0).fetch_one(c).await)?)
}

/// Sets the name, the color and the languages of a team. `Conflict` if the name is taken.
pub async fn set_team(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    team: &Team,
    name_key: &str,
) -> Result<()> {
    let rows = on!(tx, c => sqlx::query(SET)
        .bind(scope.workspace_id.0).bind(team.id.0).bind(&team.name).bind(name_key)
        .bind(team.color.as_deref()).bind(Json(&team.languages))
        .execute(c).await.map(|done| done.rows_affected()))
    .map_err(or_conflict("team"))?;
    expect_changed(rows)
}

/// Deletes a team, its members, its sites and its canned responses. Nothing else may refer to it any more.
pub async fn delete_team(tx: &mut Tx, scope: &WorkspaceScope, id: TeamId) -> Result<()> {
    let workspace = scope.workspace_id.0;
    for sql in [REMOVE_MEMBERS, REMOVE_SITES, REMOVE_RESPONSES] {
        on!(tx, c => sqlx::query(sql).bind(workspace).bind(id.0).execute(c).await.map(drop))?;
    }
    let rows = on!(tx, c => sqlx::query(DELETE).bind(workspace).bind(id.0)
        .execute(c).await.map(|done| done.rows_affected()))?;
    expect_changed(rows)
}

/// Adds members to a team; those who are in it stay.
pub async fn add_members(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    team: TeamId,
    members: &[UserId],
) -> Result<()> {
    let (workspace, now) = (scope.workspace_id.0, tx.now());
    for run in runs(members) {
        let rows = tx.placeholders().rows(run.len(), ADD_MEMBERS_COLUMNS);
        let sql = ADD_MEMBERS.join(&rows);
        on!(tx, c => {
            let mut query = query(sql, run.len() * ADD_MEMBERS_COLUMNS);
            for member in run {
                query = query.bind(workspace).bind(team.0).bind(member.0).bind(now);
            }
            query.execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Removes a member from a team. Returns whether they were in it.
pub async fn remove_member(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    team: TeamId,
    member: UserId,
) -> Result<bool> {
    let rows = on!(tx, c => sqlx::query(REMOVE_MEMBER)
        .bind(scope.workspace_id.0).bind(team.0).bind(member.0)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows > 0)
}

/// Replaces the sites of a team.
pub async fn set_sites(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    team: TeamId,
    sites: &[SiteId],
) -> Result<()> {
    let workspace = scope.workspace_id.0;
    on!(tx, c => sqlx::query(REMOVE_SITES).bind(workspace).bind(team.0)
        .execute(c).await.map(drop))?;
    for run in runs(sites) {
        let rows = tx.placeholders().rows(run.len(), ADD_SITES_COLUMNS);
        let sql = ADD_SITES.join(&rows);
        on!(tx, c => {
            let mut query = query(sql, run.len() * ADD_SITES_COLUMNS);
            for site in run {
                query = query.bind(workspace).bind(team.0).bind(site.0);
            }
            query.execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Removes a site from all teams of its workspace.
pub async fn remove_site(tx: &mut Tx, workspace: WorkspaceId, site: SiteId) -> Result<()> {
    on!(tx, c => sqlx::query(REMOVE_SITE).bind(workspace.0).bind(site.0)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Groups the rows of a table by their team, in order.
fn by_team(rows: Vec<(Uuid, Uuid)>) -> HashMap<Uuid, Vec<Uuid>> {
    let mut grouped: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (team, id) in rows {
        grouped.entry(team).or_default().push(id);
    }
    grouped
}

impl Row {
    fn with(self, members: Vec<Uuid>, sites: Vec<Uuid>) -> Team {
        Team {
            id: self.id.into(),
            name: self.name,
            color: self.color,
            member_ids: members.into_iter().map(UserId::from).collect(),
            site_ids: sites.into_iter().map(SiteId::from).collect(),
            languages: self.languages.0,
            created_at: self.created_at,
        }
    }
}
