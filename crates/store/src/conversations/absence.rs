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
    pub assignee_id: UserId,
    /// The agent was last reachable, or the time limit of the workspace began, before this time.
    pub since: UnixMs,
}

#[derive(FromRow)]
struct Row {
    workspace_id: Uuid,
    id: Uuid,
    assignee_id: Uuid,
    since: i64,
}

const SET_REACHABLE: &str = "UPDATE memberships SET reachable_at = $3 \
    WHERE workspace_id = $1 AND user_id = $2 AND reachable_at < $3";
// In the order of the index of active conversations, so that no others are read.
const LIST: &str = "SELECT c.workspace_id, c.id, c.assignee_id, $1 - w.return_after_minutes * 60000 AS since \
    FROM conversations c JOIN workspaces w ON w.id = c.workspace_id \
    LEFT JOIN memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.assignee_id \
    WHERE c.status = 'active' AND (c.assignee_id, c.workspace_id, c.id) > ($2, $3, $4) \
    AND w.return_after_minutes > 0 AND w.deleted_at IS NULL \
    AND COALESCE(m.reachable_at, 0) < $1 - w.return_after_minutes * 60000 \
    ORDER BY c.assignee_id, c.workspace_id, c.id LIMIT $5";
const FIND: &str = "SELECT c.workspace_id, c.id, c.assignee_id, $1 - w.return_after_minutes * 60000 AS since \
    FROM conversations c JOIN workspaces w ON w.id = c.workspace_id \
    LEFT JOIN memberships m ON m.workspace_id = c.workspace_id AND m.user_id = c.assignee_id \
    WHERE c.id = $2 AND c.assignee_id IS NOT NULL AND w.return_after_minutes > 0 \
    AND COALESCE(m.reachable_at, 0) < $1 - w.return_after_minutes * 60000";

// A system message is written when the conversation is claimed, reopened or returned.
const HAS_ACTED: &str = "SELECT EXISTS (SELECT 1 FROM messages \
    WHERE conversation_id = $1 AND workspace_id = $2 AND created_at >= $3 \
    AND (sender_kind = 'system' OR (sender_kind = 'agent' AND sender_id = $4)))";

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

/// Lists at most `limit` abandoned conversations after this one, in the order of their agents.
pub async fn list_abandoned(
    handle: &mut impl Handle,
    now: UnixMs,
    after: Option<&Abandoned>,
    limit: i64,
) -> Result<Vec<Abandoned>> {
    let [assignee, workspace, id] = after.map_or([Uuid::nil(); 3], |it| {
        [it.assignee_id.0, it.workspace_id.0, it.conversation_id.0]
    });
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(LIST)
        .bind(now).bind(assignee).bind(workspace).bind(id).bind(limit).fetch_all(c).await)?;
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

/// Whether the agent has claimed the conversation or written in it since it counts as abandoned.
pub async fn has_acted(handle: &mut impl Handle, found: &Abandoned) -> Result<bool> {
    let has_acted = on!(handle, c => sqlx::query_scalar(HAS_ACTED)
        .bind(found.conversation_id.0).bind(found.workspace_id.0)
        .bind(found.since).bind(found.assignee_id.0).fetch_one(c).await)?;
    Ok(has_acted)
}

impl From<Row> for Abandoned {
    fn from(row: Row) -> Self {
        Self {
            workspace_id: row.workspace_id.into(),
            conversation_id: row.id.into(),
            assignee_id: row.assignee_id.into(),
            since: row.since,
        }
    }
}
