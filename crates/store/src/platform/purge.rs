//! Deletion of workspaces: a workspace is marked as deleted at once, then its rows are deleted in
//! batches, so that other transactions do not wait for long.

use deskbell_protocol::WorkspaceId;
use sqlx::AssertSqlSafe;
use sqlx::types::Uuid;

use crate::db::locks::Lock;
use crate::{Effect, Handle, Result, Tx};

/// Conversations that one transaction deletes.
const CONVERSATIONS: i64 = 20;
/// Messages and notes that one transaction deletes.
const MESSAGES: i64 = 2_000;

const MARK: &str = "UPDATE workspaces SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL";
const END_SESSIONS: &str =
    "UPDATE auth_sessions SET revoked_at = $2 WHERE workspace_id = $1 AND revoked_at IS NULL";
const END_TOKENS: &str =
    "UPDATE api_tokens SET revoked_at = $2 WHERE workspace_id = $1 AND revoked_at IS NULL";
const NEXT: &str =
    "SELECT id FROM workspaces WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 1";
const SOME_CONVERSATIONS: &str =
    "SELECT id FROM conversations WHERE workspace_id = $1 ORDER BY position LIMIT $2";
const SOME_MESSAGES: &str = "DELETE FROM messages WHERE conversation_id = $1 AND seq IN \
    (SELECT seq FROM messages WHERE conversation_id = $1 ORDER BY seq LIMIT $2)";
const SOME_NOTES: &str = "DELETE FROM notes WHERE conversation_id = $1 AND seq IN \
    (SELECT seq FROM notes WHERE conversation_id = $1 ORDER BY seq LIMIT $2)";
const NOTIFICATIONS: &str = "DELETE FROM notifications WHERE conversation_id = $1";
const MARKERS: &str = "DELETE FROM seen_markers WHERE conversation_id = $1";
const CONVERSATION: &str = "DELETE FROM conversations WHERE workspace_id = $1 AND id = $2";
/// Tables that refer to others come first.
const REST: [&str; 20] = [
    "canned_responses",
    "blocks",
    "business_hours",
    "team_members",
    "team_sites",
    "teams",
    "invitations",
    "workspace_limits",
    "workspace_usage",
    "refresh_tokens",
    "auth_sessions",
    "api_tokens",
    "memberships",
    "visitors",
    "refused_origins",
    "sites",
    "inboxes",
    "audit_entries",
    "audit_heads",
    "workspaces",
];

/// Locks a workspace and marks it as deleted: it has no members any more, and its sessions and tokens end. False
/// if it was deleted before.
pub async fn mark_deleted(tx: &mut Tx, id: WorkspaceId) -> Result<bool> {
    let now = tx.now();
    tx.locks.take(Lock::Workspace, id.0);
    let marked = on!(tx, c => sqlx::query(MARK).bind(id.0).bind(now)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if marked == 0 {
        return Ok(false);
    }
    for sql in [END_SESSIONS, END_TOKENS] {
        on!(tx, c => sqlx::query(sql).bind(id.0).bind(now).execute(c).await.map(drop))?;
    }
    on!(tx, c => sqlx::query("DELETE FROM memberships WHERE workspace_id = $1").bind(id.0)
        .execute(c).await.map(drop))?;
    tx.after_commit(Effect::PurgeNeeded);
    Ok(true)
}

/// Finds a deleted workspace that still has rows.
pub async fn find_deleted(handle: &mut impl Handle) -> Result<Option<WorkspaceId>> {
    let id: Option<Uuid> = on!(handle, c => sqlx::query_scalar(NEXT).fetch_optional(c).await)?;
    Ok(id.map(WorkspaceId::from))
}

/// Deletes a batch of rows of a workspace. Returns whether it was the last one.
pub async fn remove_some(tx: &mut Tx, id: WorkspaceId) -> Result<bool> {
    let ids: Vec<Uuid> = on!(tx, c => sqlx::query_scalar(SOME_CONVERSATIONS)
        .bind(id.0).bind(CONVERSATIONS).fetch_all(c).await)?;
    if ids.is_empty() {
        remove_rest(tx, id).await?;
        return Ok(true);
    }
    let mut room = MESSAGES;
    for conversation in ids {
        for sql in [SOME_MESSAGES, SOME_NOTES] {
            let gone = on!(tx, c => sqlx::query(sql).bind(conversation).bind(room)
                .execute(c).await.map(|done| done.rows_affected()))?;
            room -= i64::try_from(gone).unwrap_or(room);
            if room <= 0 {
                return Ok(false);
            }
        }
        for sql in [MARKERS, NOTIFICATIONS] {
            on!(tx, c => sqlx::query(sql).bind(conversation).execute(c).await.map(drop))?;
        }
        on!(tx, c => sqlx::query(CONVERSATION).bind(id.0).bind(conversation).execute(c).await.map(drop))?;
    }
    Ok(false)
}

async fn remove_rest(tx: &mut Tx, id: WorkspaceId) -> Result<()> {
    for table in REST {
        let column = if table == "workspaces" {
            "id"
        } else {
            "workspace_id"
        };
        let sql = format!("DELETE FROM {table} WHERE {column} = $1");
        on!(tx, c => sqlx::query(AssertSqlSafe(sql)).bind(id.0).execute(c).await.map(drop))?;
    }
    Ok(())
}
