//! Snoozes that have ended.

use deskbell_protocol::{ConversationId, UnixMs, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result};

/// A conversation whose snooze has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub workspace_id: WorkspaceId,
    pub conversation_id: ConversationId,
    pub until: UnixMs,
}

#[derive(FromRow)]
struct Row {
    workspace_id: Uuid,
    id: Uuid,
    snoozed_until: i64,
}

const ENDED: &str = "SELECT c.workspace_id, c.id, c.snoozed_until FROM conversations c \
    JOIN workspaces w ON w.id = c.workspace_id \
    WHERE c.snoozed_until IS NOT NULL AND (c.snoozed_until, c.id) > ($2, $3) AND c.snoozed_until <= $1 \
    AND w.deleted_at IS NULL ORDER BY c.snoozed_until, c.id LIMIT $4";

/// Lists at most `limit` snoozes that have ended by `now`, after this one; the earliest first.
pub async fn list_ended(
    handle: &mut impl Handle,
    now: UnixMs,
    after: Option<&Ended>,
    limit: i64,
) -> Result<Vec<Ended>> {
    let (until, id) = after.map_or((i64::MIN, Uuid::nil()), |it| {
        (it.until, it.conversation_id.0)
    });
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(ENDED)
        .bind(now).bind(until).bind(id).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Ended::from).collect())
}

impl From<Row> for Ended {
    fn from(row: Row) -> Self {
        Self {
            workspace_id: row.workspace_id.into(),
            conversation_id: row.id.into(),
            until: row.snoozed_until,
        }
    }
}
