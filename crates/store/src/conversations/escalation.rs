//! Escalation: waiting conversations that have waited for longer than their workspace's limit.

use deskbell_protocol::{ConversationId, UnixMs, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result};

/// A waiting conversation that is due to count one step higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub workspace_id: WorkspaceId,
    pub conversation_id: ConversationId,
    pub waiting_since: UnixMs,
}

#[derive(FromRow)]
struct Row {
    workspace_id: Uuid,
    id: Uuid,
    waiting_since: i64,
}

const DUE: &str = "SELECT c.workspace_id, c.id, c.waiting_since FROM conversations c \
    JOIN workspaces w ON w.id = c.workspace_id \
    WHERE c.status = 'waiting' AND NOT c.escalated AND (c.waiting_since, c.id) > ($2, $3) AND c.waiting_since < $1 \
    AND w.escalate_after_minutes > 0 AND w.deleted_at IS NULL \
    AND c.waiting_since < $1 - w.escalate_after_minutes * 60000 \
    ORDER BY c.waiting_since, c.id LIMIT $4";

/// Lists at most `limit` conversations that are due at `now`, after this one; the longest wait first.
pub async fn list_due(
    handle: &mut impl Handle,
    now: UnixMs,
    after: Option<&Due>,
    limit: i64,
) -> Result<Vec<Due>> {
    let (since, id) = after.map_or((i64::MIN, Uuid::nil()), |it| {
        (it.waiting_since, it.conversation_id.0)
    });
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(DUE)
        .bind(now).bind(since).bind(id).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Due::from).collect())
}

impl From<Row> for Due {
    fn from(row: Row) -> Self {
        Self {
            workspace_id: row.workspace_id.into(),
            conversation_id: row.id.into(),
            waiting_since: row.waiting_since,
        }
    }
}
