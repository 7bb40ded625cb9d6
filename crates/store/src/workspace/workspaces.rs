//! Workspaces and memberships.

use deskbell_protocol::api::workspace::IpMode;
use deskbell_protocol::{Role, UserId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::conversations::inboxes;
use crate::error::or_conflict;
use crate::{Handle, Result, Tx, WorkspaceScope};

/// The membership of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub workspace_id: WorkspaceId,
    pub workspace_name: String,
    pub role: Role,
    /// Whether the member has set themselves away.
    pub away: bool,
    /// Whether the workspace is suspended.
    pub suspended: bool,
    /// The reason of the suspension; empty if there is none.
    pub suspended_for: String,
}

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    /// How much of a visitor's IP address is stored.
    pub ip_mode: IpMode,
    /// An active conversation returns to the queue when its agent has been gone for so long; 0: never.
    pub return_after_minutes: i64,
    /// A waiting conversation counts one step higher in the queue after so long; 0: never.
    pub escalate_after_minutes: i64,
    /// Whether an operator has suspended it.
    pub suspended: bool,
}

#[derive(FromRow)]
struct WorkspaceRow {
    name: String,
    ip_mode: String,
    return_after_minutes: i64,
    escalate_after_minutes: i64,
    suspended_at: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    workspace_id: Uuid,
    workspace_name: String,
    role: String,
    away: bool,
    suspended_at: Option<i64>,
    suspended_for: String,
}

const INSERT: &str = "INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)";
const GET: &str = "SELECT name, ip_mode, return_after_minutes, escalate_after_minutes, suspended_at FROM workspaces WHERE id = $1";
const SET: &str = "UPDATE workspaces SET name = $2, ip_mode = $3, return_after_minutes = $4, escalate_after_minutes = $5 WHERE id = $1";
const INSERT_MEMBERSHIP: &str =
    "INSERT INTO memberships (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)";
const FIND: &str = "SELECT m.workspace_id, w.name AS workspace_name, m.role, m.away, \
    w.suspended_at, w.suspended_for \
    FROM memberships m JOIN workspaces w ON w.id = m.workspace_id \
    WHERE m.user_id = $1 AND m.workspace_id = $2";
const LIST: &str = "SELECT m.workspace_id, w.name AS workspace_name, m.role, m.away, \
    w.suspended_at, w.suspended_for \
    FROM memberships m JOIN workspaces w ON w.id = m.workspace_id \
    WHERE m.user_id = $1 ORDER BY m.created_at, m.workspace_id";

const SET_AWAY: &str = "UPDATE memberships SET away = $3 WHERE workspace_id = $1 AND user_id = $2";

/// Creates a workspace with an empty inbox.
pub async fn create_workspace(tx: &mut Tx, name: &str) -> Result<WorkspaceId> {
    let id = WorkspaceId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT).bind(id.0).bind(name).bind(now).execute(c).await.map(drop))?;
    inboxes::create_inbox(tx, id).await?;
    Ok(id)
}

/// A workspace.
pub async fn get_workspace(handle: &mut impl Handle, id: WorkspaceId) -> Result<Workspace> {
    let row: WorkspaceRow = on!(handle, c => sqlx::query_as(GET).bind(id.0).fetch_one(c).await)?;
    Ok(Workspace {
        id,
        name: row.name,
        ip_mode: IpMode::from_word(&row.ip_mode),
        return_after_minutes: row.return_after_minutes,
        escalate_after_minutes: row.escalate_after_minutes,
        suspended: row.suspended_at.is_some(),
    })
}

/// Sets the name and the settings of a workspace.
pub async fn set_workspace(tx: &mut Tx, workspace: &Workspace) -> Result<()> {
    on!(tx, c => sqlx::query(SET)
        .bind(workspace.id.0).bind(&workspace.name).bind(workspace.ip_mode.as_str())
        .bind(workspace.return_after_minutes).bind(workspace.escalate_after_minutes)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Creates a membership. `Conflict` if there is one.
pub async fn create_membership(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT_MEMBERSHIP)
        .bind(workspace.0).bind(user.0).bind(role.as_str()).bind(now)
        .execute(c).await.map(drop))
    .map_err(or_conflict("membership"))
}

/// Finds the user's membership in this workspace.
pub async fn find_membership(
    handle: &mut impl Handle,
    user: UserId,
    workspace: WorkspaceId,
) -> Result<Option<Membership>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(FIND).bind(user.0).bind(workspace.0).fetch_optional(c).await)?;
    Ok(row.map(Membership::from))
}

/// Lists the user's memberships, the oldest first.
pub async fn list_memberships(handle: &mut impl Handle, user: UserId) -> Result<Vec<Membership>> {
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(LIST).bind(user.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Membership::from).collect())
}

/// Sets whether the agent is away.
pub async fn set_away(tx: &mut Tx, agent: &WorkspaceScope, away: bool) -> Result<()> {
    on!(tx, c => sqlx::query(SET_AWAY)
        .bind(agent.workspace_id.0).bind(agent.user.id.0).bind(away)
        .execute(c).await.map(drop))?;
    Ok(())
}

impl From<Row> for Membership {
    fn from(row: Row) -> Self {
        Self {
            workspace_id: row.workspace_id.into(),
            workspace_name: row.workspace_name,
            role: Role::from_word(&row.role),
            away: row.away,
            suspended: row.suspended_at.is_some(),
            suspended_for: row.suspended_for,
        }
    }
}
