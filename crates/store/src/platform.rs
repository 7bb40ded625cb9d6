//! Statements of platform operators, across workspaces. By module: the audit log, the queue of mails,
//! the outbox of events, and the deletion of obsolete rows.

pub mod audit;
pub mod mails;
pub mod outbox;
pub mod purge;

use deskbell_protocol::api::platform::operator::{
    OperatedMember, OperatedUser, OperatedWorkspace, Usage,
};
use deskbell_protocol::{Role, UnixMs, UserId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result, Tx};

/// The cursor of a page: the creation time of its last row, and its id.
pub type After = (UnixMs, Uuid);

#[derive(FromRow)]
struct WorkspaceRow {
    id: Uuid,
    name: String,
    created_at: i64,
    suspended_at: Option<i64>,
    suspended_for: String,
    members: i64,
    sites: i64,
    open_conversations: i64,
}

#[derive(FromRow)]
struct UserRow {
    id: Uuid,
    name: String,
    email: String,
    created_at: i64,
    suspended_at: Option<i64>,
    is_operator: bool,
    workspaces: i64,
}

#[derive(FromRow)]
struct MemberRow {
    user_id: Uuid,
    name: String,
    email: String,
    role: String,
}

#[derive(FromRow)]
struct UsageRow {
    workspaces: i64,
    suspended: i64,
    users: i64,
    sites: i64,
    open_conversations: i64,
    conversations: i64,
}

const WORKSPACES: &str = "SELECT w.id, w.name, w.created_at, w.suspended_at, w.suspended_for, \
    (SELECT COUNT(*) FROM memberships m WHERE m.workspace_id = w.id) AS members, \
    (SELECT COUNT(*) FROM sites s WHERE s.workspace_id = w.id) AS sites, \
    COALESCE(i.waiting + i.active + i.resolved, 0) AS open_conversations \
    FROM workspaces w LEFT JOIN inboxes i ON i.workspace_id = w.id \
    WHERE w.deleted_at IS NULL AND ($1 IS NULL OR lower(w.name) LIKE $1 ESCAPE '!') \
    AND (w.created_at, w.id) < ($2, $3) ORDER BY w.created_at DESC, w.id DESC LIMIT $4";
const WORKSPACE: &str = "SELECT w.id, w.name, w.created_at, w.suspended_at, w.suspended_for, \
    (SELECT COUNT(*) FROM memberships m WHERE m.workspace_id = w.id) AS members, \
    (SELECT COUNT(*) FROM sites s WHERE s.workspace_id = w.id) AS sites, \
    COALESCE(i.waiting + i.active + i.resolved, 0) AS open_conversations \
    FROM workspaces w LEFT JOIN inboxes i ON i.workspace_id = w.id \
    WHERE w.deleted_at IS NULL AND w.id = $1";
const MEMBERS: &str = "SELECT m.user_id, u.name, u.email, m.role \
    FROM memberships m JOIN users u ON u.id = m.user_id \
    WHERE m.workspace_id = $1 ORDER BY m.created_at, m.user_id LIMIT 1000";
const USERS: &str = "SELECT u.id, u.name, u.email, u.created_at, u.suspended_at, u.is_operator, \
    (SELECT COUNT(*) FROM memberships m WHERE m.user_id = u.id) AS workspaces FROM users u \
    WHERE u.deleted_at IS NULL AND ($1 IS NULL OR lower(u.name) LIKE $1 ESCAPE '!' OR u.email LIKE $1 ESCAPE '!') \
    AND (u.created_at, u.id) < ($2, $3) ORDER BY u.created_at DESC, u.id DESC LIMIT $4";
const SUSPEND: &str = "UPDATE workspaces SET suspended_at = $2, suspended_for = $3 \
    WHERE id = $1 AND deleted_at IS NULL";
const SUSPEND_USER: &str = "UPDATE users SET suspended_at = $2 WHERE id = $1";
const OPERATORS: &str =
    "SELECT COUNT(*) FROM users WHERE is_operator AND suspended_at IS NULL AND id <> $1";
const USAGE: &str = "SELECT \
    (SELECT COUNT(*) FROM workspaces WHERE deleted_at IS NULL) AS workspaces, \
    (SELECT COUNT(*) FROM workspaces WHERE deleted_at IS NULL AND suspended_at IS NOT NULL) AS suspended, \
    (SELECT COUNT(*) FROM users WHERE deleted_at IS NULL) AS users, \
    (SELECT COUNT(*) FROM sites) AS sites, \
    (SELECT CAST(COALESCE(SUM(waiting + active + resolved), 0) AS BIGINT) FROM inboxes) AS open_conversations, \
    (SELECT COUNT(*) FROM conversations WHERE created_at >= $1) AS conversations";
const SETTING: &str = "SELECT value FROM platform WHERE name = $1";
const SET: &str = "INSERT INTO platform (name, value) VALUES ($1, $2) \
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const UNSET: &str = "DELETE FROM platform WHERE name = $1";

/// Lists a page of workspaces that are not deleted, the newest first.
pub async fn list_workspaces(
    handle: &mut impl Handle,
    search: Option<&str>,
    after: After,
    limit: i64,
) -> Result<Vec<OperatedWorkspace>> {
    let (at, id) = after;
    let rows: Vec<WorkspaceRow> = on!(handle, c => sqlx::query_as(WORKSPACES)
        .bind(search.map(pattern)).bind(at).bind(id).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(OperatedWorkspace::from).collect())
}

/// Gets a workspace. `NotFound` also if it is deleted.
pub async fn get_workspace(handle: &mut impl Handle, id: WorkspaceId) -> Result<OperatedWorkspace> {
    let row: WorkspaceRow =
        on!(handle, c => sqlx::query_as(WORKSPACE).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Lists a workspace's members, the oldest first; at most a thousand.
pub async fn list_members(
    handle: &mut impl Handle,
    id: WorkspaceId,
) -> Result<Vec<OperatedMember>> {
    let rows: Vec<MemberRow> =
        on!(handle, c => sqlx::query_as(MEMBERS).bind(id.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(OperatedMember::from).collect())
}

/// Lists a page of users, the newest first.
pub async fn list_users(
    handle: &mut impl Handle,
    search: Option<&str>,
    after: After,
    limit: i64,
) -> Result<Vec<OperatedUser>> {
    let (at, id) = after;
    let rows: Vec<UserRow> = on!(handle, c => sqlx::query_as(USERS)
        .bind(search.map(pattern)).bind(at).bind(id).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(OperatedUser::from).collect())
}

/// Suspends a workspace for a reason, or with `None` ends the suspension.
pub async fn set_workspace_suspended(
    tx: &mut Tx,
    id: WorkspaceId,
    reason: Option<&str>,
) -> Result<()> {
    let since = reason.map(|_| tx.now());
    on!(tx, c => sqlx::query(SUSPEND)
        .bind(id.0).bind(since).bind(reason.unwrap_or_default()).execute(c).await.map(drop))?;
    Ok(())
}

/// Suspends a user, or ends the suspension.
pub async fn set_user_suspended(tx: &mut Tx, id: UserId, suspended: bool) -> Result<()> {
    let since = suspended.then(|| tx.now());
    on!(tx, c => sqlx::query(SUSPEND_USER).bind(id.0).bind(since).execute(c).await.map(drop))?;
    Ok(())
}

/// Counts the other operators who are not suspended.
pub async fn count_other_operators(handle: &mut impl Handle, than: UserId) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(OPERATORS).bind(than.0).fetch_one(c).await)?)
}

/// Figures of the whole platform. Those of conversations start at `since`.
pub async fn usage(handle: &mut impl Handle, since: UnixMs) -> Result<Usage> {
    let row: UsageRow = on!(handle, c => sqlx::query_as(USAGE).bind(since).fetch_one(c).await)?;
    Ok(Usage {
        workspaces: row.workspaces,
        suspended: row.suspended,
        users: row.users,
        sites: row.sites,
        open_conversations: row.open_conversations,
        conversations_in_30_days: row.conversations,
        connections_here: 0,
    })
}

/// A setting of the platform.
pub async fn find_setting(handle: &mut impl Handle, name: &str) -> Result<Option<String>> {
    Ok(on!(handle, c => sqlx::query_scalar(SETTING).bind(name).fetch_optional(c).await)?)
}

/// Sets a setting of the platform, or with `None` deletes it.
pub async fn set_setting(tx: &mut Tx, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => {
            on!(tx, c => sqlx::query(SET).bind(name).bind(value).execute(c).await.map(drop))?;
        }
        None => on!(tx, c => sqlx::query(UNSET).bind(name).execute(c).await.map(drop))?,
    }
    Ok(())
}

/// The LIKE pattern that finds `part` anywhere; `!` escapes.
pub(crate) fn pattern(part: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in part.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern + "%"
}

impl From<WorkspaceRow> for OperatedWorkspace {
    fn from(row: WorkspaceRow) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            created_at: row.created_at,
            suspended_at: row.suspended_at,
            suspended_for: row.suspended_for,
            members: row.members,
            sites: row.sites,
            open_conversations: row.open_conversations,
        }
    }
}

impl From<UserRow> for OperatedUser {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            email: row.email,
            created_at: row.created_at,
            suspended_at: row.suspended_at,
            is_operator: row.is_operator,
            workspaces: row.workspaces,
        }
    }
}

impl From<MemberRow> for OperatedMember {
    fn from(row: MemberRow) -> Self {
        Self {
            user_id: row.user_id.into(),
            name: row.name,
            email: row.email,
            role: Role::from_word(&row.role),
        }
    }
}
