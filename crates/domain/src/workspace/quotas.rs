//! Quotas: the limits of a workspace, or else those of the settings.
//!
//! Each is checked in the transaction that adds something, under the workspace's lock or with a
//! counter that stays locked, so that concurrent requests cannot exceed it.

use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::limits::Permit;
use deskbell_protocol::api::workspace::{Limit, LimitName};
use deskbell_protocol::{ErrorCode, UnixMs, UserId, WorkspaceId};
use deskbell_store::identity::avatars::{self, Avatar};
use deskbell_store::workspace::limits::LimitOverride;
use deskbell_store::workspace::workspaces::Membership;
use deskbell_store::workspace::{invitations, limits, members};
use deskbell_store::{Handle, Tx, WorkspaceScope, sites};
use time::OffsetDateTime;

use crate::core::Core;

/// The quota; `None` is unlimited.
pub async fn most(
    core: &Core,
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    name: LimitName,
) -> AppResult<Option<i64>> {
    let own = limits::find_override(handle, workspace, name).await?;
    Ok(own.map_or_else(|| core.limits.most(name), |own| own.most))
}

/// Lists the limits of the workspace and their usage.
pub async fn list(
    core: &Core,
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
) -> AppResult<Vec<Limit>> {
    let workspace = scope.workspace_id;
    let own = limits::list_overrides(handle, workspace).await?;
    let mut all = Vec::with_capacity(LimitName::ALL.len());
    for name in LimitName::ALL {
        let own = own.iter().find(|own| own.name == name);
        let used = match name {
            LimitName::Members => places(handle, scope).await?,
            LimitName::Sites => sites::count_sites(handle, workspace).await?,
            LimitName::Conversations => {
                limits::used(handle, workspace, name, month(clock::now())).await?
            }
            LimitName::StorageBytes => avatars::size_in_workspace(handle, workspace).await?,
            LimitName::Sockets => core.limits.open_connections(workspace).into(),
        };
        all.push(Limit {
            name,
            most: own.map_or_else(|| core.limits.most(name), |own| own.most),
            used,
        });
    }
    Ok(all)
}

/// Refuses if the quota has no room for an invitation. The workspace must be locked.
pub async fn room_for_invitation(
    core: &Core,
    tx: &mut Tx,
    scope: &WorkspaceScope,
) -> AppResult<()> {
    let most = most(core, tx, scope.workspace_id, LimitName::Members).await?;
    let used = places(tx, scope).await?;
    refuse_from(LimitName::Members, most, used)
}

/// Refuses if the quota has no room for a member. The workspace must be locked.
pub async fn room_for_member(core: &Core, tx: &mut Tx, workspace: WorkspaceId) -> AppResult<()> {
    let most = most(core, tx, workspace, LimitName::Members).await?;
    let used = members::count_members(tx, workspace).await?;
    refuse_from(LimitName::Members, most, used)
}

/// Refuses if the quota has no room for a site. The workspace must be locked.
pub async fn room_for_site(core: &Core, tx: &mut Tx, workspace: WorkspaceId) -> AppResult<()> {
    let most = most(core, tx, workspace, LimitName::Sites).await?;
    let used = sites::count_sites(tx, workspace).await?;
    refuse_from(LimitName::Sites, most, used)
}

/// Refuses a new picture of a user that exceeds the quota of one of their workspaces, which must be
/// locked. A picture that is not larger than the old one is always accepted.
pub async fn room_for_picture(
    core: &Core,
    tx: &mut Tx,
    memberships: &[Membership],
    user: UserId,
    picture: &Avatar,
) -> AppResult<()> {
    let name = LimitName::StorageBytes;
    let bytes = i64::try_from(picture.content.len()).unwrap_or(i64::MAX);
    let more = bytes.saturating_sub(avatars::size(tx, user).await?);
    if more <= 0 {
        return Ok(());
    }
    for membership in memberships {
        let workspace = membership.workspace_id;
        let Some(most) = most(core, tx, workspace, name).await? else {
            continue;
        };
        let used = avatars::size_in_workspace(tx, workspace).await?;
        if used.saturating_add(more) > most {
            let mut error = reached(name, most);
            // The user may be in another of their workspaces at the moment.
            error.body.message = format!(
                "The workspace \"{}\" has reached its limit of {most} bytes for pictures. \
                 Choose a smaller picture.",
                membership.workspace_name
            );
            return Err(error);
        }
    }
    Ok(())
}

/// Counts a new conversation, or refuses it. Other transactions of the workspace wait until the
/// commit, so this comes last.
pub async fn count_conversation(core: &Core, tx: &mut Tx, workspace: WorkspaceId) -> AppResult<()> {
    let name = LimitName::Conversations;
    let period = month(tx.now());
    let used = limits::take(tx, workspace, name, period, 1).await?;
    refuse_from(name, most(core, tx, workspace, name).await?, used - 1)
}

/// Takes a permit for one of the workspace's connections to this node.
pub fn connection(
    core: &Core,
    workspace: WorkspaceId,
    own: Option<LimitOverride>,
) -> AppResult<Permit> {
    let name = LimitName::Sockets;
    let most = own.map_or_else(|| core.limits.most(name), |own| own.most);
    let permit = core.limits.workspace_connection(workspace, most);
    permit.ok_or_else(|| reached(name, most.unwrap_or_default()))
}

/// The refusal of a reached quota.
pub fn reached(name: LimitName, most: i64) -> AppError {
    let (things, advice) = match name {
        LimitName::Members => ("members", "Remove a member or revoke an invitation first."),
        LimitName::Sites => ("sites", "Delete one first."),
        LimitName::Conversations => ("conversations a month", "Try again next month."),
        LimitName::StorageBytes => ("bytes for pictures", "Choose a smaller picture."),
        LimitName::Sockets => ("connections at a time", "Close some, or try again later."),
    };
    let message = format!("This workspace has reached its limit of {most} {things}. {advice}");
    let mut error = AppError::new(ErrorCode::LimitReached, message);
    let field = format!("The limit is {most}.");
    error.body.fields.insert(name.as_str().to_owned(), field);
    error
}

/// Counts members and open invitations.
async fn places(handle: &mut impl Handle, scope: &WorkspaceScope) -> AppResult<i64> {
    let members = members::count_members(handle, scope.workspace_id).await?;
    Ok(members + invitations::count_open(handle, scope, clock::now()).await?)
}

fn refuse_from(name: LimitName, most: Option<i64>, used: i64) -> AppResult<()> {
    match most {
        Some(most) if used >= most => Err(reached(name, most)),
        _ => Ok(()),
    }
}

/// The month of a time, as 202611 (UTC).
fn month(now: UnixMs) -> i64 {
    let date = OffsetDateTime::from_unix_timestamp(now.div_euclid(1_000));
    let date = date.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    i64::from(date.year()) * 100 + i64::from(u8::from(date.month()))
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn a_month_begins_at_midnight_of_its_first_day() {
        assert_eq!(month(1_764_547_199_999), 202_511);
        assert_eq!(month(1_764_547_200_000), 202_512);
        assert_eq!(month(0), 197_001);
    }
}
