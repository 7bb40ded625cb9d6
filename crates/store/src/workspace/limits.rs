//! Limits of single workspaces that differ from the settings, and usage counters.
//!
//! A limit is exact: a transaction that adds something locks the workspace first ([`lock_workspace`]), or
//! counts in a row that stays locked until the commit ([`take`]).

use deskbell_protocol::api::workspace::LimitName;
use deskbell_protocol::{UserId, WorkspaceId};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::locks::Lock;
use crate::workspace::workspaces::{self, Membership};
use crate::{Handle, Result, Tx};

/// A limit of one workspace that replaces that of the settings; without `most` it is unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitOverride {
    pub name: LimitName,
    pub most: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    name: String,
    most: Option<i64>,
}

const LOCK: &str = "SELECT c.id FROM workspaces c WHERE c.id = $1";
const LIST: &str = "SELECT name, most FROM workspace_limits WHERE workspace_id = $1";
const FIND: &str = "SELECT name, most FROM workspace_limits WHERE workspace_id = $1 AND name = $2";
const SET: &str = "INSERT INTO workspace_limits (workspace_id, name, most) VALUES ($1, $2, $3) \
    ON CONFLICT (workspace_id, name) DO UPDATE SET most = excluded.most";
const UNSET: &str = "DELETE FROM workspace_limits WHERE workspace_id = $1 AND name = $2";
const TAKE: &str = "INSERT INTO workspace_usage (workspace_id, name, period, used) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (workspace_id, name, period) DO UPDATE SET used = workspace_usage.used + excluded.used RETURNING used";
const USED: &str = "SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) FROM workspace_usage \
    WHERE workspace_id = $1 AND name = $2 AND period = $3";

/// Locks a workspace: until the commit nobody else adds members, invitations or sites.
pub async fn lock_workspace(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    tx.locks.take(Lock::Workspace, workspace.0);
    let sql = LOCK.to_owned() + tx.for_no_key_update();
    let _: Uuid =
        on!(tx, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(workspace.0).fetch_one(c).await)?;
    Ok(())
}

/// Locks all workspaces of a user, in the order of their ids. Returns the memberships in that order;
/// none of them ends before the commit.
pub async fn lock_workspaces_of(tx: &mut Tx, user: UserId) -> Result<Vec<Membership>> {
    let memberships = workspaces::list_memberships(tx, user).await?;
    let mut ids: Vec<_> = memberships.iter().map(|it| it.workspace_id).collect();
    ids.sort();
    for id in &ids {
        lock_workspace(tx, *id).await?;
    }
    // One may have ended just before its workspace was locked, and another one may have begun.
    let mut memberships = workspaces::list_memberships(tx, user).await?;
    memberships.retain(|it| ids.contains(&it.workspace_id));
    memberships.sort_by_key(|it| it.workspace_id);
    Ok(memberships)
}

/// Lists the workspace's overrides.
pub async fn list_overrides(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
) -> Result<Vec<LimitOverride>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST).bind(workspace.0).fetch_all(c).await)?;
    Ok(rows.iter().filter_map(Row::limit_override).collect())
}

/// Finds one of the workspace's overrides.
pub async fn find_override(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    name: LimitName,
) -> Result<Option<LimitOverride>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(FIND).bind(workspace.0).bind(name.as_str()).fetch_optional(c).await)?;
    Ok(row.as_ref().and_then(Row::limit_override))
}

/// Sets an override; without `most` it is unlimited.
pub async fn set_override(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: LimitName,
    most: Option<i64>,
) -> Result<()> {
    on!(tx, c => sqlx::query(SET)
        .bind(workspace.0).bind(name.as_str()).bind(most).execute(c).await.map(drop))?;
    Ok(())
}

/// Deletes an override, so that the settings apply again.
pub async fn delete_override(tx: &mut Tx, workspace: WorkspaceId, name: LimitName) -> Result<()> {
    on!(tx, c => sqlx::query(UNSET)
        .bind(workspace.0).bind(name.as_str()).execute(c).await.map(drop))?;
    Ok(())
}

/// Adds `more` (or subtracts, below 0) to the usage of a period: a month as 202611, or 0. Returns
/// the new usage; if it is too much, drop the transaction.
pub async fn take(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: LimitName,
    period: i64,
    more: i64,
) -> Result<i64> {
    Ok(on!(tx, c => sqlx::query_scalar(TAKE)
        .bind(workspace.0).bind(name.as_str()).bind(period).bind(more).fetch_one(c).await)?)
}

/// The usage of a period.
pub async fn used(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    name: LimitName,
    period: i64,
) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(USED)
        .bind(workspace.0).bind(name.as_str()).bind(period).fetch_one(c).await)?)
}

impl Row {
    /// Limits of a newer version are ignored.
    fn limit_override(&self) -> Option<LimitOverride> {
        let name = LimitName::ALL
            .into_iter()
            .find(|name| name.as_str() == self.name)?;
        Some(LimitOverride {
            name,
            most: self.most,
        })
    }
}
