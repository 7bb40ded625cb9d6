//! Deletion of sites: the key of a deleted site becomes invalid, its visitors are disconnected, and its
//! conversations are closed, because replies would not reach anybody.
//!
//! Conversations are closed in batches. The first one belongs to the transaction of the deletion, so
//! the conversations of most sites are closed at once. The purge worker closes the others.

use std::collections::BTreeSet;

use deskbell_base::actor::Actor;
use deskbell_base::error::AppResult;
use deskbell_protocol::{Body, Sender, SiteId, Status, WorkspaceId};
use deskbell_store::conversations::messages::Unsaved;
use deskbell_store::conversations::{self, messages};
use deskbell_store::sites::closing::ClosingSite;
use deskbell_store::sites::{self, closing};
use deskbell_store::workspace::business_hours::{self, Owner};
use deskbell_store::workspace::{limits, teams};
use deskbell_store::{Effect, Tx, WorkspaceScope};
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::Action;

/// The maximum number of conversations that one transaction closes.
const BATCH: usize = 200;
/// The maximum number of sites that one call of the worker reads.
const SITES: i64 = 100;

/// Deletes a site.
pub async fn delete(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: SiteId,
) -> AppResult<()> {
    let (workspace, name) = (scope.workspace_id, &scope.user.name);
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, workspace).await?;
    let site = sites::get_site(&mut tx, scope, id).await?;
    sites::delete_site(&mut tx, scope, id).await?;
    teams::remove_site(&mut tx, workspace, id).await?;
    business_hours::delete_hours(&mut tx, workspace, Owner::Site(id)).await?;
    let closed = close_batch(&mut tx, workspace, id, name).await?;
    super::record(&mut tx, scope, actor, Action::SiteDeleted, &site, json!({})).await?;
    tx.reauthenticate_visitors(workspace, None);
    if closed == BATCH {
        tx.after_commit(Effect::PurgeNeeded);
    }
    tx.commit().await?;
    Ok(())
}

/// Closes one batch of conversations of each deleted site. Returns whether it closed any. A site that
/// fails is logged and does not stop the others.
pub async fn close_some(core: &Core) -> AppResult<bool> {
    let mut reader = core.db.read().await?;
    let deleted = closing::list_closing_sites(&mut reader, SITES).await?;
    drop(reader);
    let mut any = false;
    for site in deleted {
        match close_some_of(core, &site).await {
            Ok(closed) => any |= closed > 0,
            Err(error) => error.log(),
        }
    }
    Ok(any)
}

async fn close_some_of(core: &Core, site: &ClosingSite) -> AppResult<usize> {
    let mut tx = core.begin().await?;
    let closed = close_batch(&mut tx, site.workspace_id, site.id, &site.deleted_by).await?;
    tx.commit().await?;
    Ok(closed)
}

/// Closes at most [`BATCH`] conversations of a deleted site. Returns how many it found. `name`: who
/// deleted the site; empty if this is not known.
async fn close_batch(
    tx: &mut Tx,
    workspace: WorkspaceId,
    site: SiteId,
    name: &str,
) -> AppResult<usize> {
    let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let ids = closing::list_unclosed_conversations(tx, workspace, site, limit).await?;
    let mut heads = conversations::lock_all(tx, &ids).await?;
    heads.retain(|_, head| head.status != Status::Closed);
    let unclosed: BTreeSet<_> = heads.keys().copied().collect();
    if !name.is_empty() {
        let closing = |conversation_id| Unsaved {
            conversation_id,
            sender: Sender::System,
            client_id: None,
            body: Body::Closed {
                name: name.to_owned(),
            },
        };
        let unsaved = unclosed.iter().copied().map(closing).collect();
        messages::append_all(tx, &mut heads, unsaved).await?;
    }
    for head in unclosed.iter().filter_map(|id| heads.get(id)) {
        conversations::set_status(tx, head, Status::Closed, head.assignee.clone());
    }
    Ok(ids.len())
}
