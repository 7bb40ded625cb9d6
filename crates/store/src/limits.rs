//! What a workspace may have, where that is not what the settings say, and what it has used.
//!
//! A limit is exact: whoever adds something locks the workspace first ([`lock_workspace`]), or
//! counts in a row that stays locked until the commit ([`take`]).

use deskbell_protocol::WorkspaceId;
use deskbell_protocol::api::workspace::LimitName;
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::{Handle, Result, Tx};

/// A limit of one workspace; `most` absent: none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
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

/// Until the commit nobody else adds members, invitations or sites to the workspace.
pub async fn lock_workspace(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    let sql = LOCK.to_owned() + tx.row_lock_beside_references();
    let _: Uuid =
        on!(tx, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(workspace.0).fetch_one(c).await)?;
    Ok(())
}

/// The limits that the workspace has for itself.
pub async fn list_own(handle: &mut impl Handle, workspace: WorkspaceId) -> Result<Vec<Own>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST).bind(workspace.0).fetch_all(c).await)?;
    Ok(rows.iter().filter_map(Row::own).collect())
}

/// One of them, if the workspace has it for itself.
pub async fn find_own(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    name: LimitName,
) -> Result<Option<Own>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(FIND).bind(workspace.0).bind(name.as_str()).fetch_optional(c).await)?;
    Ok(row.as_ref().and_then(Row::own))
}

/// Gives a workspace a limit for itself; `most` absent: none at all.
pub async fn set_own(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: LimitName,
    most: Option<i64>,
) -> Result<()> {
    on!(tx, c => sqlx::query(SET)
        .bind(workspace.0).bind(name.as_str()).bind(most).execute(c).await.map(drop))?;
    Ok(())
}

/// Takes it back: what the settings say counts again.
pub async fn unset_own(tx: &mut Tx, workspace: WorkspaceId, name: LimitName) -> Result<()> {
    on!(tx, c => sqlx::query(UNSET)
        .bind(workspace.0).bind(name.as_str()).execute(c).await.map(drop))?;
    Ok(())
}

/// Uses so much more (or, below 0, less) in a period: a month as 202611, or 0. Answers with what is
/// used then; whoever finds that too much drops the transaction.
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

/// What is used in a period.
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
    /// Limits of a newer version are passed over.
    fn own(&self) -> Option<Own> {
        let name = LimitName::ALL
            .into_iter()
            .find(|name| name.as_str() == self.name)?;
        Some(Own {
            name,
            most: self.most,
        })
    }
}
