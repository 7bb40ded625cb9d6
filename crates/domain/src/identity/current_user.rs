//! The current user: builds [`Me`], what the API shows a signed-in user of themselves, and the
//! memberships in it. Every answer with a [`Me`] is built here, so that all of them agree.

use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::api::identity::auth::{Me, Membership, Permissions};
use deskbell_protocol::{ErrorCode, UserId, WorkspaceId};
use deskbell_store::identity::avatars;
use deskbell_store::identity::users::{self, User};
use deskbell_store::workspace::workspaces;
use deskbell_store::{Handle, Tx};

use crate::core::Core;
use crate::identity::authentication::{AuthMethod, MemberAccess};

/// The user of an authenticated request, without the list of their workspaces.
pub fn of_access(access: &MemberAccess) -> Me {
    let workspace = Membership {
        id: access.scope.workspace_id,
        name: access.workspace_name.clone(),
        role: access.scope.role,
        suspended: access.suspended,
        suspended_for: access.suspended_for.clone(),
    };
    let profile = Profile {
        id: access.scope.user.id,
        name: access.scope.user.name.clone(),
        email: access.email.clone(),
        avatar_id: access.avatar_id.as_deref(),
        is_operator: access.is_operator,
    };
    let entered = matches!(access.method, AuthMethod::Session { entered: true, .. });
    build(profile, workspace, entered)
}

/// A user in one of the workspaces that they are a member of, without the list of them.
pub fn of_member(user: &User, workspace: Membership) -> Me {
    let profile = Profile {
        id: user.id,
        name: user.name.clone(),
        email: user.email.clone(),
        avatar_id: user.avatar_id.as_deref(),
        is_operator: user.is_operator,
    };
    Me {
        email_unconfirmed: user.email_verified_at.is_none(),
        ..build(profile, workspace, false)
    }
}

/// The same user in another workspace that they are a member of, with the list of all of them.
pub async fn in_workspace(tx: &mut Tx, me: &Me, workspace: WorkspaceId) -> AppResult<Me> {
    let workspaces = memberships(tx, me.user_id).await?;
    let current = workspaces
        .iter()
        .find(|membership| membership.id == workspace);
    let current = current.cloned().ok_or_else(|| {
        AppError::new(
            ErrorCode::NotFound,
            "You are not a member of this workspace.",
        )
    })?;
    Ok(Me {
        permissions: Permissions::of(current.role, false),
        workspace: current,
        workspaces,
        email_unconfirmed: is_unconfirmed(tx, me.user_id).await?,
        entered: false,
        ..me.clone()
    })
}

/// Adds the list of all workspaces that the user is a member of, and whether their address has to be
/// confirmed.
pub async fn with_workspaces(core: &Core, mut me: Me) -> AppResult<Me> {
    let mut reader = core.db.read().await?;
    me.workspaces = memberships(&mut reader, me.user_id).await?;
    me.email_unconfirmed = is_unconfirmed(&mut reader, me.user_id).await?;
    Ok(me)
}

async fn is_unconfirmed(handle: &mut impl Handle, user: UserId) -> AppResult<bool> {
    let user = users::get_user(handle, user).await?;
    Ok(user.email_verified_at.is_none())
}

/// Lists the user's memberships, the oldest first.
pub async fn memberships(handle: &mut impl Handle, user: UserId) -> AppResult<Vec<Membership>> {
    let found = workspaces::list_memberships(handle, user).await?;
    Ok(found.into_iter().map(membership).collect())
}

/// Converts a stored membership.
pub fn membership(found: workspaces::Membership) -> Membership {
    Membership {
        id: found.workspace_id,
        name: found.workspace_name,
        role: found.role,
        suspended: found.suspended,
        suspended_for: found.suspended_for,
    }
}

/// The fields of a user that [`Me`] shows.
struct Profile<'a> {
    id: UserId,
    name: String,
    email: String,
    avatar_id: Option<&'a str>,
    is_operator: bool,
}

fn build(profile: Profile, workspace: Membership, entered: bool) -> Me {
    Me {
        user_id: profile.id,
        name: profile.name,
        email: profile.email,
        avatar_url: profile.avatar_id.map(avatars::url),
        permissions: Permissions::of(workspace.role, entered),
        workspace,
        workspaces: Vec::new(),
        email_unconfirmed: false,
        is_operator: profile.is_operator,
        entered,
    }
}
