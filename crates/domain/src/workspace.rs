//! Workspaces: their settings, and by module their members, teams, business hours, limits, blocks
//! and API tokens.

pub mod api_tokens;
pub mod blocks;
pub mod business_hours;
pub mod invitations;
pub mod members;
pub mod quotas;
pub mod teams;

use deskbell_base::actor::Actor;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::text;
use deskbell_protocol::api::workspace::{IpMode, SetWorkspace, Workspace};
use deskbell_store::workspace::{limits, workspaces};
use deskbell_store::{Handle, WorkspaceScope, visitors};
use serde_json::{Value, json};

use crate::core::Core;
use crate::platform::audit::{self, Action, workspace_target};

/// The maximum of settings in minutes: a week.
const MOST_MINUTES: u32 = 7 * 24 * 60;

/// Gets the workspace with its limits and their usage.
pub async fn get(core: &Core, scope: &WorkspaceScope) -> AppResult<Workspace> {
    view(core, &mut core.db.read().await?, scope).await
}

/// Changes the fields that are present. Storing less of addresses than before also deletes stored
/// ones.
pub async fn set(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: SetWorkspace,
) -> AppResult<Workspace> {
    let name = body.name.map(|name| text::thing_name("name", &name));
    let name = name.transpose()?;
    for (field, minutes) in [
        ("return_after_minutes", body.return_after_minutes),
        ("escalate_after_minutes", body.escalate_after_minutes),
    ] {
        if minutes.is_some_and(|minutes| minutes > MOST_MINUTES) {
            let message = format!("Enter 0 (never) to {MOST_MINUTES} minutes (a week).");
            return Err(AppError::invalid(field, message));
        }
    }
    if let Some(IpMode::Other(_)) = body.ip_mode {
        return Err(AppError::invalid("ip_mode", "Use full, truncated or none."));
    }
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let before = workspaces::get_workspace(&mut tx, scope.workspace_id).await?;
    let mut after = before.clone();
    after.name = name.unwrap_or(after.name);
    after.ip_mode = body.ip_mode.unwrap_or(after.ip_mode);
    after.return_after_minutes = body
        .return_after_minutes
        .map_or(after.return_after_minutes, i64::from);
    after.escalate_after_minutes = body
        .escalate_after_minutes
        .map_or(after.escalate_after_minutes, i64::from);
    if after != before {
        workspaces::set_workspace(&mut tx, &after).await?;
        if keeps(after.ip_mode) < keeps(before.ip_mode) {
            visitors::forget_addresses(&mut tx, scope.workspace_id).await?;
        }
        let details = json!({
            "before": settings(&before),
            "after": settings(&after),
        });
        let what = workspace_target(scope, &after.name);
        let workspace = scope.workspace_id;
        audit::record(
            &mut tx,
            workspace,
            actor,
            Action::WorkspaceChanged,
            what,
            details,
        )
        .await?;
    }
    let view = view(core, &mut tx, scope).await?;
    if after.ip_mode != before.ip_mode {
        // Authentication decides what is stored of a visitor's address.
        tx.reauthenticate_visitors(scope.workspace_id, None);
    }
    tx.commit().await?;
    Ok(view)
}

async fn view(
    core: &Core,
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
) -> AppResult<Workspace> {
    let workspace = workspaces::get_workspace(handle, scope.workspace_id).await?;
    Ok(Workspace {
        id: workspace.id,
        name: workspace.name,
        ip_mode: workspace.ip_mode,
        return_after_minutes: u32::try_from(workspace.return_after_minutes).unwrap_or(0),
        escalate_after_minutes: u32::try_from(workspace.escalate_after_minutes).unwrap_or(0),
        limits: quotas::list(core, handle, scope).await?,
    })
}

/// The settings as they are recorded in the audit log.
fn settings(workspace: &workspaces::Workspace) -> Value {
    json!({
        "name": workspace.name,
        "ip_mode": workspace.ip_mode,
        "return_after_minutes": workspace.return_after_minutes,
        "escalate_after_minutes": workspace.escalate_after_minutes,
    })
}

fn keeps(mode: IpMode) -> u8 {
    match mode {
        IpMode::None | IpMode::Other(_) => 0,
        IpMode::Truncated => 1,
        IpMode::Full => 2,
    }
}
