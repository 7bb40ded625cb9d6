//! Deleted sites whose conversations are not all closed yet.

use deskbell_protocol::{ConversationId, SiteId, UnixMs, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result, Tx};

/// A deleted site whose conversations are being closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosingSite {
    pub id: SiteId,
    pub workspace_id: WorkspaceId,
    pub deleted_at: UnixMs,
    /// The name of the member who deleted it; empty if it is not known.
    pub deleted_by: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    workspace_id: Uuid,
    deleted_at: i64,
    closing_by: String,
}

const LIST: &str = "SELECT s.id, s.workspace_id, s.deleted_at, s.closing_by \
    FROM sites s JOIN workspaces w ON w.id = s.workspace_id \
    WHERE s.closing_by IS NOT NULL AND s.deleted_at IS NOT NULL AND w.deleted_at IS NULL \
    ORDER BY s.deleted_at, s.id LIMIT $1";
// Two parts, each with the index of its section of the inbox.
const OPEN: &str = "SELECT id FROM ( \
    SELECT c.id FROM conversations c WHERE c.workspace_id = $1 AND c.status = 'waiting' AND c.site_id = $2 \
    UNION ALL \
    SELECT c.id FROM conversations c WHERE c.workspace_id = $1 AND c.status IN ('active', 'resolved') AND c.site_id = $2 \
    ) AS unclosed LIMIT $3";
const FINISH: &str = "UPDATE sites SET closing_by = NULL WHERE workspace_id = $1 AND id = $2";

/// Lists at most `limit` of these sites, of all workspaces that are not deleted, the first deleted ones
/// first. For the server's own use.
pub async fn list_closing_sites(handle: &mut impl Handle, limit: i64) -> Result<Vec<ClosingSite>> {
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(LIST).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(ClosingSite::from).collect())
}

/// Lists at most `limit` conversations of a site that are not closed.
pub async fn list_unclosed_conversations(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    site: SiteId,
    limit: i64,
) -> Result<Vec<ConversationId>> {
    let ids: Vec<Uuid> = on!(handle, c => sqlx::query_scalar(OPEN)
        .bind(workspace.0).bind(site.0).bind(limit).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ConversationId::from).collect())
}

/// Records that all conversations of a site are closed.
pub async fn finish_closing(tx: &mut Tx, workspace: WorkspaceId, site: SiteId) -> Result<()> {
    on!(tx, c => sqlx::query(FINISH).bind(workspace.0).bind(site.0).execute(c).await.map(drop))?;
    Ok(())
}

impl From<Row> for ClosingSite {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            workspace_id: row.workspace_id.into(),
            deleted_at: row.deleted_at,
            deleted_by: row.closing_by,
        }
    }
}
