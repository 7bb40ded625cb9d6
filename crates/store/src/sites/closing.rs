//! Deleted sites that still have conversations to close.

use deskbell_protocol::{ConversationId, SiteId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result};

/// A deleted site that has conversations that are not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosingSite {
    pub id: SiteId,
    pub workspace_id: WorkspaceId,
    /// The name of the member who deleted it; empty if it is not known.
    pub deleted_by: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    workspace_id: Uuid,
    deleted_by: String,
}

// A request that was authenticated before the deletion may start or reopen a conversation much later, for
// example while the nodes are not connected, so each run examines all deleted sites.
const LIST: &str = "SELECT s.id, s.workspace_id, s.deleted_by \
    FROM sites s JOIN workspaces w ON w.id = s.workspace_id \
    WHERE s.deleted_at IS NOT NULL AND w.deleted_at IS NULL \
    AND EXISTS (SELECT 1 FROM conversations c WHERE c.site_id = s.id AND c.status <> 'closed') \
    ORDER BY s.deleted_at, s.id LIMIT $1";
const UNCLOSED: &str = "SELECT id FROM conversations \
    WHERE site_id = $2 AND status <> 'closed' AND workspace_id = $1 LIMIT $3";

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
    let ids: Vec<Uuid> = on!(handle, c => sqlx::query_scalar(UNCLOSED)
        .bind(workspace.0).bind(site.0).bind(limit).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ConversationId::from).collect())
}

impl From<Row> for ClosingSite {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            workspace_id: row.workspace_id.into(),
            deleted_by: row.deleted_by,
        }
    }
}
