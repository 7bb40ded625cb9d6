//! Absence: active conversations whose assigned agent cannot be reached.

use deskbell_protocol::{ConversationId, UnixMs, UserId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result, Tx};

/// An active conversation whose agent could not be reached for longer than the workspace allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abandoned {
    pub workspace_id: WorkspaceId,
    pub conversation_id: ConversationId,
    /// The agent was last reachable, or the time limit of the workspace began, before this time.
    pub since: UnixMs,
}

#[derive(FromRow)]
struct Row {
    workspace_id: Uuid,
    id: Uuid,
    since: i64,
}

const SET_REACHABLE: &str = "UPDATE memberships SET reachable_at = $3 \
    WHERE workspace_id = $1 AND user_id = $2 AND reachable_at < $3";
// From inboxes with active conversations, so that the index of open ones is used.
const LIST: &str = "SELECT c.workspace_id, c.id, $1 - w.return_after_minutes * 60000 AS since \
    FROM inboxes i JOIN workspaces w ON w.id = i.workspace_id \
    JOIN conversations c ON c.workspace_id = i.workspace_id AND c.status = 'active' \
    LEFT JOIN memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.assignee_id \
    WHERE i.active > 0 AND w.return_after_minutes > 0 AND w.deleted_at IS NULL \
    AND c.id > $2 AND COALESCE(m.reachable_at, 0) < $1 - w.return_after_minutes * 60000 \
    ORDER BY c.id LIMIT $3";
const FIND: &str = "SELECT c.workspace_id, c.id, $1 - w.return_after_minutes * 60000 AS since \
    FROM conversations c JOIN workspaces w ON w.id = c.workspace_id \
    LEFT JOIN memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.assignee_id \
    WHERE c.id = $2 AND w.return_after_minutes > 0 \
    AND COALESCE(m.reachable_at, 0) < $1 - w.return_after_minutes * 60000";

/// Records that these members are reachable now.
pub async fn set_reachable(tx: &mut Tx, agents: &[(WorkspaceId, UserId)]) -> Result<()> {
    let now = tx.now();
    // Rows are locked in one order, so that two nodes do not deadlock.
    let mut agents = agents.to_vec();
    agents.sort_unstable();
    for (workspace, user) in agents {
        on!(tx, c => sqlx::query(SET_REACHABLE)
            .bind(workspace.0).bind(user.0).bind(now).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// At most `limit` abandoned conversations after this one, in the order of their ids.
pub async fn list_abandoned(
    handle: &mut impl Handle,
    now: UnixMs,
    after: ConversationId,
    limit: i64,
) -> Result<Vec<Abandoned>> {
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(LIST)
        .bind(now).bind(after.0).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Abandoned::from).collect())
}

/// Finds the conversation if it is abandoned at `now`. The caller must have locked it.
pub async fn find_abandoned(
    handle: &mut impl Handle,
    now: UnixMs,
    id: ConversationId,
) -> Result<Option<Abandoned>> {
    let row: Option<Row> =
        on!(handle, c => sqlx::query_as(FIND).bind(now).bind(id.0).fetch_optional(c).await)?;
    Ok(row.map(Abandoned::from))
}

impl From<Row> for Abandoned {
    fn from(row: Row) -> Self {
        Self {
            workspace_id: row.workspace_id.into(),
            conversation_id: row.id.into(),
            since: row.since,
        }
    }
}
