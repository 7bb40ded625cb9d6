//! Refused origins: pages that tried to show a site's panel and are not in its list of allowed origins.
//!
//! Anybody can cause such a row, so a site has [`MOST`] of them at the most: a new one replaces the
//! oldest.

use deskbell_protocol::api::sites::RefusedOrigin;
use deskbell_protocol::{SiteId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result, Tx, WorkspaceScope};

/// Rows of one site.
pub const MOST: usize = 10;

const LIST: &str = "SELECT origin, last_seen_at FROM refused_origins \
    WHERE workspace_id = $1 AND site_id = $2 ORDER BY last_seen_at DESC, origin";
const LIST_ALL: &str = "SELECT site_id, origin, last_seen_at FROM refused_origins \
    WHERE workspace_id = $1 ORDER BY last_seen_at DESC, origin";
const RECORD: &str = "INSERT INTO refused_origins (workspace_id, site_id, origin, last_seen_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (workspace_id, site_id, origin) DO UPDATE SET last_seen_at = $4";
const TRIM: &str = "DELETE FROM refused_origins WHERE workspace_id = $1 AND site_id = $2 AND origin NOT IN \
    (SELECT origin FROM refused_origins WHERE workspace_id = $1 AND site_id = $2 \
    ORDER BY last_seen_at DESC, origin LIMIT $3)";

#[derive(FromRow)]
struct Row {
    site_id: Uuid,
    origin: String,
    last_seen_at: i64,
}

/// The refused origins of one site, the newest first.
pub async fn list_refused_origins(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    site: SiteId,
) -> Result<Vec<RefusedOrigin>> {
    let rows: Vec<(String, i64)> = on!(handle, c => sqlx::query_as(LIST)
        .bind(workspace.0).bind(site.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(refused_origin).collect())
}

/// The refused origins of all sites of the workspace, the newest first.
pub async fn list_all_refused_origins(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
) -> Result<Vec<(SiteId, RefusedOrigin)>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST_ALL).bind(scope.workspace_id.0).fetch_all(c).await)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            (
                row.site_id.into(),
                refused_origin((row.origin, row.last_seen_at)),
            )
        })
        .collect())
}

/// Records that a page of this origin tried to show the panel now.
pub async fn record_refused_origin(
    tx: &mut Tx,
    workspace: WorkspaceId,
    site: SiteId,
    origin: &str,
) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(RECORD).bind(workspace.0).bind(site.0).bind(origin).bind(now)
        .execute(c).await.map(drop))?;
    let most = MOST as i64;
    on!(tx, c => sqlx::query(TRIM).bind(workspace.0).bind(site.0).bind(most)
        .execute(c).await.map(drop))?;
    Ok(())
}

fn refused_origin((origin, last_seen_at): (String, i64)) -> RefusedOrigin {
    RefusedOrigin {
        origin,
        last_seen_at,
    }
}
