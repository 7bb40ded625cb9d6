//! Members of a workspace: their roles, and their removal.

use deskbell_base::actor::Actor;
use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::api::workspace::members::{Member, Members, RemoveMember};
use deskbell_protocol::{AgentView, Body, ErrorCode, Role, Sender, Status, UserId};
use deskbell_store::conversations::{self, messages};
use deskbell_store::identity::sessions;
use deskbell_store::workspace::{api_tokens, invitations, limits, members, workspaces};
use deskbell_store::{Error, Tx, WorkspaceScope};
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::{self, Action, target};

/// Lists the members.
pub async fn list(core: &Core, scope: &WorkspaceScope) -> AppResult<Members> {
    let mut reader = core.db.read().await?;
    let members = members::list_members(&mut reader, scope).await?;
    Ok(Members { members })
}

/// Saves whether an agent has chosen to be away.
pub async fn set_away(core: &Core, agent: &WorkspaceScope, away: bool) -> AppResult<()> {
    let mut tx = core.begin().await?;
    workspaces::set_away(&mut tx, agent, away).await?;
    Ok(tx.commit().await?)
}

/// Changes a member's role.
pub async fn set_role(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    user: UserId,
    role: Role,
) -> AppResult<Member> {
    check_role(role)?;
    let mut tx = core.begin().await?;
    // Of two owners who step down at the same time, one stays.
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let before = members::get_member(&mut tx, scope, user).await?;
    if before.role == role {
        return Ok(before);
    }
    may_give(scope, actor, role)?;
    may_take(&mut tx, scope, &before).await?;
    members::set_role(&mut tx, scope, user, role).await?;
    revoke_invitations(&mut tx, scope, actor, user, Some(role)).await?;
    let details = json!({ "before": before.role, "after": role });
    let what = target("member", user, &before.name);
    let workspace = scope.workspace_id;
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::RoleChanged,
        what,
        details,
    )
    .await?;
    tx.reauthenticate_member(workspace, user);
    tx.commit().await?;
    Ok(Member { role, ..before })
}

/// Removes a member: their sessions, tokens, invitations and sockets end, and their open
/// conversations are assigned to a colleague or wait again. Their messages keep their name.
pub async fn remove(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    user: UserId,
    query: RemoveMember,
) -> AppResult<()> {
    let workspace = scope.workspace_id;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, workspace).await?;
    let member = members::get_member(&mut tx, scope, user).await?;
    may_take(&mut tx, scope, &member).await?;
    let new_assignee = match query.hand_over_to {
        Some(new_assignee) => Some(find_new_assignee(&mut tx, scope, user, new_assignee).await?),
        None => None,
    };
    let handed_over = end_membership(&mut tx, scope, user, new_assignee.as_ref()).await?;
    end_access(&mut tx, scope, actor, user).await?;
    let details = json!({
        "role": member.role,
        "conversations": handed_over,
        "handed_over_to": new_assignee.as_ref().map(|new_assignee| new_assignee.id),
    });
    let what = target("member", user, &member.name);
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::MemberRemoved,
        what,
        details,
    )
    .await?;
    tx.reauthenticate_member(workspace, user);
    tx.commit().await?;
    Ok(())
}

/// Ends a membership of a locked workspace. Returns how many conversations were reassigned or wait
/// again.
pub async fn end_membership(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    user: UserId,
    new_assignee: Option<&AgentView>,
) -> AppResult<usize> {
    members::delete_membership(tx, scope, user).await?;
    reassign(tx, scope, user, new_assignee).await
}

/// Ends the access of a user who is no longer a member.
pub async fn end_access(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    actor: &Actor,
    user: UserId,
) -> AppResult<()> {
    sessions::revoke_member_sessions(tx, user, scope.workspace_id).await?;
    api_tokens::revoke_member_tokens(tx, user, scope.workspace_id).await?;
    revoke_invitations(tx, scope, actor, user, None).await
}

/// Refuses roles that members cannot have.
pub fn check_role(role: Role) -> AppResult<()> {
    if role.is_member() {
        return Ok(());
    }
    Err(AppError::invalid("role", "Choose owner, admin or agent."))
}

/// Whether a member with this role may invite to that one.
pub fn may_invite(inviter: Role, to: Role) -> bool {
    inviter.reaches(Role::Admin) && (to != Role::Owner || inviter == Role::Owner)
}

/// Only owners appoint owners, and API tokens give no role above agent: a token must not lead to
/// more than it allows.
pub fn may_give(scope: &WorkspaceScope, actor: &Actor, role: Role) -> AppResult<()> {
    if actor.token_name.is_some() && role != Role::Agent {
        let message = "API tokens can't give a role above agent. Sign in to do this.";
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    if role != Role::Owner || scope.role == Role::Owner {
        return Ok(());
    }
    Err(AppError::new(
        ErrorCode::Forbidden,
        "Only an owner can make someone an owner.",
    ))
}

/// Checks that a member may lose their role: an owner only by an owner, and never the last one.
async fn may_take(tx: &mut Tx, scope: &WorkspaceScope, member: &Member) -> AppResult<()> {
    if member.role != Role::Owner {
        return Ok(());
    }
    if scope.role != Role::Owner {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "Only an owner can change or remove an owner.",
        ));
    }
    if members::count_owners(tx, scope).await? <= 1 {
        return Err(AppError::new(
            ErrorCode::Conflict,
            "A workspace needs at least one owner. Make someone else an owner first.",
        ));
    }
    Ok(())
}

/// Revokes the invitations of a member that they could not create any more as `role`, or without
/// one.
async fn revoke_invitations(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    actor: &Actor,
    inviter: UserId,
    role: Option<Role>,
) -> AppResult<()> {
    for made in invitations::list_invitations_of(tx, scope, inviter).await? {
        if role.is_some_and(|role| may_invite(role, made.role)) {
            continue;
        }
        invitations::revoke_invitation(tx, scope, made.id).await?;
        let what = target("invitation", made.id, made.email.unwrap_or_default());
        let (workspace, action) = (scope.workspace_id, Action::InvitationRevoked);
        let details = json!({ "invited_by": inviter });
        audit::record(tx, workspace, actor, action, what, details).await?;
    }
    Ok(())
}

async fn find_new_assignee(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    leaves: UserId,
    new_assignee: UserId,
) -> AppResult<AgentView> {
    let refused = || {
        AppError::invalid(
            "hand_over_to",
            "Choose another member of this workspace for the conversations.",
        )
    };
    if new_assignee == leaves {
        return Err(refused());
    }
    members::lock_shared_membership(tx, scope.workspace_id, new_assignee)
        .await
        .map_err(|error| match error {
            Error::NotFound => refused(),
            error => error.into(),
        })?;
    let new_assignee = members::get_member(tx, scope, new_assignee).await?;
    Ok(AgentView {
        id: new_assignee.user_id,
        name: new_assignee.name,
    })
}

/// Reassigns a member's conversations. Returns their number.
async fn reassign(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    leaves: UserId,
    new_assignee: Option<&AgentView>,
) -> AppResult<usize> {
    let ids = members::list_assigned(tx, scope, leaves).await?;
    let mut count = 0;
    for (_, locked) in conversations::lock_all(tx, &ids).await? {
        let assignee = locked.assignee.as_ref().map(|agent| agent.id);
        if locked.status != Status::Active || assignee != Some(leaves) {
            continue;
        }
        count += 1;
        let Some(new_assignee) = new_assignee else {
            conversations::set_status(tx, &locked, Status::Waiting, None);
            continue;
        };
        let name = new_assignee.name.clone();
        let joined = Body::Joined { name };
        let told = messages::append(tx, &locked, &Sender::System, None, &joined).await?;
        let new_assignee = Some(new_assignee.clone());
        conversations::set_status(tx, &told.conversation, Status::Active, new_assignee);
    }
    Ok(count)
}
