//! The purge: removes rows of deleted workspaces, old sessions, and expired registrations, and closes
//! conversations of deleted sites.

use deskbell_base::actor::Actor;
use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_store::identity::sessions;
use deskbell_store::platform::purge;
use serde_json::json;

use crate::core::Core;
use crate::identity::account_deletion;
use crate::platform::audit::{self, Action, PLATFORM, target};
use crate::sites::deletion;

/// How long an ended session or a used refresh token is stored, so that a reuse is detected.
const RETENTION_MS: i64 = 7 * 24 * 3_600_000;

/// Removes or closes one batch. Returns whether there was anything to do.
pub async fn run_batch(core: &Core) -> AppResult<bool> {
    let mut reader = core.db.read().await?;
    let found = purge::find_deleted(&mut reader).await?;
    drop(reader);
    let mut tx = core.begin().await?;
    let Some(workspace) = found else {
        let before = clock::now() - RETENTION_MS;
        sessions::delete_past_sessions(&mut tx, before).await?;
        sessions::delete_used_refreshes(&mut tx, before).await?;
        tx.commit().await?;
        if deletion::close_some(core).await? {
            return Ok(true);
        }
        return account_deletion::forget_unconfirmed(core).await;
    };
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    if purge::remove_some(&mut tx, workspace).await? {
        let what = target("workspace", workspace, "");
        let action = Action::WorkspacePurged;
        audit::record(&mut tx, PLATFORM, &Actor::system(), action, what, json!({})).await?;
    }
    tx.commit().await?;
    Ok(true)
}
