//! Account deletion: users whom an operator deletes, and expired registrations.
//!
//! The messages of a deleted user stay, under the name that they had then, as after the removal of
//! a member; so do the entries of audit logs. All other data that identifies the user is deleted.
//!
//! A deletion takes its locks in the common order: the platform's log, workspaces, memberships,
//! conversations, the user, the user's rows, the logs of workspaces.

use deskbell_base::actor::{Actor, OperatorScope};
use deskbell_base::clock;
use deskbell_base::email_addresses;
use deskbell_base::error::{AppError, AppResult};
use deskbell_protocol::api::platform::operator::DeleteUser;
use deskbell_protocol::{ErrorCode, Role, UserId, WorkspaceId};
use deskbell_store::identity::users::User;
use deskbell_store::identity::{account_deletion, users};
use deskbell_store::workspace::workspaces::Membership;
use deskbell_store::workspace::{limits, members as stored_members, workspaces};
use deskbell_store::{Tx, conversations};
use serde_json::json;

use crate::core::Core;
use crate::identity::sessions;
use crate::platform::audit::{self, Action, PLATFORM, target};
use crate::platform::operator;
use crate::workspace::members;

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;

/// Deletes a user: ends all memberships and deletes their data.
pub async fn delete_user(
    core: &Core,
    by: &OperatorScope,
    id: UserId,
    body: DeleteUser,
) -> AppResult<()> {
    if by.me.user_id == id {
        let message = "You can't delete yourself. Ask another operator.";
        return Err(AppError::new(ErrorCode::Conflict, message));
    }
    let mut tx = core.begin().await?;
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    let user = users::get_user(&mut tx, id).await?;
    if email_addresses::normalize(&body.email) != email_addresses::normalize(&user.email) {
        let message = "This isn't the e-mail of the user you are about to delete.";
        return Err(AppError::invalid("email", message));
    }
    let left = leave_all(&mut tx, by, &user).await?;
    let user = lock_user_without_memberships(&mut tx, id).await?;
    let actor = audit::seen_inside(&by.actor);
    for (workspace, _) in &left {
        let scope = operator::scope_in(by, *workspace);
        members::end_access(&mut tx, &scope, &actor, id).await?;
    }
    sessions::end_others(&mut tx, id, None).await?;
    account_deletion::erase_user(&mut tx, &user).await?;
    record(&mut tx, by, &user, &left).await?;
    for (workspace, _) in left {
        tx.reauthenticate_member(workspace, id);
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes some registrations that were not confirmed in time. Returns false if there were none.
pub async fn forget_unconfirmed(core: &Core) -> AppResult<bool> {
    let before = clock::now() - i64::from(core.policy.forget_unconfirmed_after_days) * DAY_MS;
    let mut reader = core.db.read().await?;
    if !account_deletion::any_unconfirmed(&mut reader, before, clock::now()).await? {
        return Ok(false);
    }
    drop(reader);
    let mut tx = core.begin().await?;
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    let forgotten = account_deletion::forget_unconfirmed(&mut tx, before).await?;
    for id in &forgotten {
        let (actor, what) = (Actor::system(), target("user", id, ""));
        let action = Action::RegistrationForgotten;
        audit::record(&mut tx, PLATFORM, &actor, action, what, json!({})).await?;
    }
    tx.commit().await?;
    Ok(!forgotten.is_empty())
}

/// Ends all memberships of a user. Returns the workspaces, and how many conversations wait again in
/// each.
async fn leave_all(
    tx: &mut Tx,
    by: &OperatorScope,
    user: &User,
) -> AppResult<Vec<(WorkspaceId, usize)>> {
    let memberships = limits::lock_workspaces_of(tx, user.id).await?;
    refuse_last_owner(tx, by, user, &memberships).await?;
    // All at once, because conversations are locked in the order of their ids, whatever their
    // workspace.
    let mut assigned = Vec::new();
    for membership in &memberships {
        let scope = operator::scope_in(by, membership.workspace_id);
        assigned.extend(stored_members::list_assigned(tx, &scope, user.id).await?);
    }
    conversations::lock_all(tx, &assigned).await?;
    let mut left = Vec::new();
    for membership in memberships {
        let scope = operator::scope_in(by, membership.workspace_id);
        let waiting = members::end_membership(tx, &scope, user.id, None).await?;
        left.push((membership.workspace_id, waiting));
    }
    Ok(left)
}

/// Locks a user and checks that no membership is left. Until the commit they cannot join a workspace,
/// because accepting an invitation locks the user, too.
async fn lock_user_without_memberships(tx: &mut Tx, id: UserId) -> AppResult<User> {
    let user = users::lock_user(tx, id).await?;
    if workspaces::list_memberships(tx, id).await?.is_empty() {
        return Ok(user);
    }
    let message = "This user has just joined a workspace. Try again.";
    Err(AppError::new(ErrorCode::Conflict, message))
}

async fn refuse_last_owner(
    tx: &mut Tx,
    by: &OperatorScope,
    user: &User,
    memberships: &[Membership],
) -> AppResult<()> {
    let mut orphans = Vec::new();
    for membership in memberships {
        let scope = operator::scope_in(by, membership.workspace_id);
        let member = stored_members::get_member(tx, &scope, user.id).await?;
        if member.role == Role::Owner && stored_members::count_owners(tx, &scope).await? <= 1 {
            orphans.push(membership.workspace_name.as_str());
        }
    }
    if orphans.is_empty() {
        return Ok(());
    }
    let message = format!(
        "This user is the only owner of {}. Make someone else an owner or delete the workspace first.",
        orphans.join(", ")
    );
    Err(AppError::new(ErrorCode::Conflict, message))
}

async fn record(
    tx: &mut Tx,
    by: &OperatorScope,
    user: &User,
    left: &[(WorkspaceId, usize)],
) -> AppResult<()> {
    let what = target("user", user.id, &user.name);
    let action = Action::UserDeleted;
    audit::record(tx, PLATFORM, &by.actor, action, what, json!({})).await?;
    let actor = audit::seen_inside(&by.actor);
    for (workspace, waiting) in left {
        let what = target("member", user.id, &user.name);
        let details = json!({ "conversations": waiting, "account_deleted": true });
        audit::record(tx, *workspace, &actor, Action::MemberRemoved, what, details).await?;
    }
    Ok(())
}
