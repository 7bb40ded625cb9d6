//! Acceptance of an invitation: with the account that is signed in, with one whose password is entered,
//! or with a new one.

use deskbell_base::actor::Actor;
use deskbell_base::client_address::ClientAddress;
use deskbell_base::client_info::ClientInfo;
use deskbell_base::clock;
use deskbell_base::email_addresses;
use deskbell_base::error::{AppError, AppResult, FieldErrors};
use deskbell_base::secrets::token::DeviceClaims;
use deskbell_base::secrets::{password, token};
use deskbell_base::text;
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::workspace::invitations::{AcceptInvitation, InvitationState};
use deskbell_protocol::{AgentView, ErrorCode, UserId};
use deskbell_store::identity::users::{NewUser, User};
use deskbell_store::identity::{credentials, email_tokens as stored_tokens, second_factors, users};
use deskbell_store::workspace::invitations as store;
use deskbell_store::workspace::{limits, workspaces};
use deskbell_store::{Error, Tx, WorkspaceScope};
use serde_json::json;

use super::{gone, look_up};
use crate::core::{Core, Registration};
use crate::identity::accounts::SignedIn;
use crate::identity::authentication::refuse_suspended;
use crate::identity::sessions::SwitchedSession;
use crate::identity::{accounts, current_user, email_tokens, emails, second_factor, sessions};
use crate::platform::audit::{self, Action, target};
use crate::workspace::{members, quotas};

/// Accepts an invitation for a signed-in user, and moves their session to the new workspace: one
/// transaction, so that a failure leaves neither a membership nor a used-up link.
pub async fn accept(
    core: &Core,
    me: &Me,
    actor: &Actor,
    token: &str,
) -> AppResult<SwitchedSession> {
    let mut tx = core.begin().await?;
    if me.entered {
        // Leaving is recorded in the platform's log, which is locked before workspaces.
        audit::lock_logs(&mut tx, &[audit::PLATFORM]).await?;
    }
    let found = lock_open(&mut tx, token).await?;
    if found.email.as_ref().is_some_and(|email| *email != me.email) {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "This invitation is for another e-mail address. Sign in with that one, or ask for a new link.",
        ));
    }
    lock_joining_user(&mut tx, me.user_id).await?;
    join(core, &mut tx, &found, me.user_id).await?;
    sessions::record_left(&mut tx, me, actor, found.workspace_id).await?;
    record_joined(&mut tx, &found, actor, me).await?;
    let switched = sessions::move_to(core, &mut tx, me, actor, found.workspace_id).await?;
    tx.commit().await?;
    Ok(switched)
}

/// Accepts an invitation for a person who is not signed in: with the account of their address and
/// password, or, if they enter a name and the address has no account, with a new one.
///
/// A link and a wrong password reveal no more about an address than sign-in does: only a new account
/// shows that there was none, and that uses the link up. An account whose address was never confirmed
/// belongs to nobody yet: a link that was sent to that address takes it over.
pub async fn accept_with_password(
    core: &Core,
    body: AcceptInvitation,
    from: ClientAddress,
    device: Option<DeviceClaims>,
    origin: &ClientInfo,
) -> AppResult<SignedIn> {
    let invitation = look_up(core, &body.token).await?;
    let state = invitation.state(clock::now());
    if state != InvitationState::Open {
        return Err(gone(state));
    }
    let mut wrong = FieldErrors::default();
    let secret = body.password.unwrap_or_default();
    let name = match body.name {
        Some(_) if core.policy.registration == Registration::Off => {
            return Err(AppError::new(
                ErrorCode::Forbidden,
                "This server doesn't allow new accounts. Ask its owner, or sign in if you have one.",
            ));
        }
        Some(name) => {
            wrong.take(password::check(&secret));
            Some(wrong.take(text::person_name("name", &name)))
        }
        None => None,
    };
    let email = match invitation.email.clone() {
        Some(email) => email,
        None => wrong.take(email_addresses::parse(&body.email.unwrap_or_default())),
    };
    wrong.finish()?;
    let mut reader = core.db.read().await?;
    let known = users::find_user_by_email(&mut reader, &email).await?;
    drop(reader);
    let is_unclaimed = known
        .as_ref()
        .is_none_or(|known| known.email_verified_at.is_none() && invitation.proves(&known.email));
    let Some(name) = name.filter(|_| is_unclaimed) else {
        let user = accounts::authenticate(core, &email, secret, (from, origin), device).await?;
        let (tx, found, user) = open_as(core, &body.token, user.id, body.code.as_deref()).await?;
        return join_signed_out(core, tx, found, user, origin).await;
    };
    core.limits.sign_in(from, &email)?;
    let password_hash = password::hash(secret, core.policy.bcrypt_cost).await?;
    let new = NewUser {
        email,
        name,
        password_hash,
    };
    if let Some(known) = known {
        return take_over(core, &body.token, known.id, new, origin).await;
    }
    let (tx, found, user) = open_as_new(core, &body.token, new).await?;
    join_signed_out(core, tx, found, user, origin).await
}

/// Accepts an invitation with an account that a stranger created under the invited address and nobody
/// confirmed.
async fn take_over(
    core: &Core,
    token: &str,
    id: UserId,
    new: NewUser,
    origin: &ClientInfo,
) -> AppResult<SignedIn> {
    let (mut tx, found) = open(core, token).await?;
    let mut user = lock_joining_user(&mut tx, id).await?;
    if user.email_verified_at.is_some() || !found.proves(&user.email) {
        return Err(accounts::bad_credentials());
    }
    credentials::verify_email(&mut tx, id, &user.email).await?;
    credentials::set_name(&mut tx, id, &new.name).await?;
    credentials::set_password(&mut tx, id, &new.password_hash).await?;
    user.name = new.name;
    let actor = Actor::by_link(id, &user.name, origin.clone());
    end_strangers_access(&mut tx, &found, &actor, &user).await?;
    join(core, &mut tx, &found, id).await?;
    let (action, details) = (Action::PasswordReset, json!({ "invitation": found.id }));
    audit::record_about(&mut tx, &actor, action, &user, details).await?;
    finish(core, tx, found, user, origin).await
}

/// Ends all access of the stranger who created this account.
async fn end_strangers_access(
    tx: &mut Tx,
    found: &store::Invitation,
    actor: &Actor,
    user: &User,
) -> AppResult<()> {
    second_factors::delete_second_factor(tx, user.id).await?;
    stored_tokens::delete_tokens(tx, user.id).await?;
    sessions::end_others(tx, user.id, None).await?;
    let memberships = workspaces::list_memberships(tx, user.id).await?;
    let mut logs = vec![found.workspace_id];
    logs.extend(memberships.iter().map(|it| it.workspace_id));
    audit::lock_logs(tx, &logs).await?;
    for membership in memberships {
        let scope = WorkspaceScope {
            workspace_id: membership.workspace_id,
            user: AgentView {
                id: user.id,
                name: user.name.clone(),
            },
            role: membership.role,
        };
        members::end_access(tx, &scope, actor, user.id).await?;
    }
    Ok(())
}

/// Locks the open invitation, and creates an account for the person who accepts it.
async fn open_as_new(
    core: &Core,
    token: &str,
    new: NewUser,
) -> AppResult<(Tx, store::Invitation, User)> {
    let (mut tx, found) = open(core, token).await?;
    let user = users::create_user(&mut tx, new)
        .await
        .map_err(|error| match error {
            // Another request has created the account just before, or its user is suspended.
            Error::Conflict(_) => accounts::bad_credentials(),
            error => error.into(),
        })?;
    if found.proves(&user.email) {
        credentials::verify_email(&mut tx, user.id, &user.email).await?;
    } else {
        emails::enqueue_verification(core, &mut tx, &user, &found.workspace_name).await?;
    }
    Ok((tx, found, user))
}

/// Locks the open invitation, for a person who has entered the password of this account, and checks the
/// code if it has a second factor.
async fn open_as(
    core: &Core,
    token: &str,
    id: UserId,
    code: Option<&str>,
) -> AppResult<(Tx, store::Invitation, User)> {
    let (mut tx, found) = open(core, token).await?;
    let user = lock_joining_user(&mut tx, id).await?;
    if found.proves(&user.email) {
        credentials::verify_email(&mut tx, user.id, &user.email).await?;
    } else {
        accounts::require_verified(core, &user)?;
    }
    second_factor::check_code(core, &mut tx, &user, code).await?;
    Ok((tx, found, user))
}

async fn join_signed_out(
    core: &Core,
    mut tx: Tx,
    found: store::Invitation,
    user: User,
    origin: &ClientInfo,
) -> AppResult<SignedIn> {
    join(core, &mut tx, &found, user.id).await?;
    finish(core, tx, found, user, origin).await
}

/// Records that a person who was not signed in has joined, creates their session, and commits.
async fn finish(
    core: &Core,
    mut tx: Tx,
    found: store::Invitation,
    user: User,
    origin: &ClientInfo,
) -> AppResult<SignedIn> {
    let joined = workspaces::find_membership(&mut tx, user.id, found.workspace_id).await?;
    let joined = current_user::membership(joined.ok_or(Error::NotFound)?);
    let mut me = current_user::of_member(&user, joined);
    let actor = Actor::by_link(me.user_id, &me.name, origin.clone());
    record_joined(&mut tx, &found, &actor, &me).await?;
    let pair = sessions::open(core, &mut tx, &me, origin).await?;
    me.workspaces = current_user::memberships(&mut tx, me.user_id).await?;
    tx.commit().await?;
    Ok(SignedIn { me, pair })
}

/// Begins a transaction and locks an open invitation in it.
async fn open(core: &Core, token: &str) -> AppResult<(Tx, store::Invitation)> {
    let mut tx = core.begin().await?;
    let found = lock_open(&mut tx, token).await?;
    Ok((tx, found))
}

/// Locks the workspace of an invitation and the invitation, which has to be open.
async fn lock_open(tx: &mut Tx, token: &str) -> AppResult<store::Invitation> {
    let hash = token::hash(token);
    let found = store::find_invitation_by_hash(tx, &hash).await?;
    let workspace = found.ok_or_else(email_tokens::expired)?.workspace_id;
    limits::lock_workspace(tx, workspace).await?;
    let found = store::lock_invitation_by_hash(tx, &hash).await?;
    let found = found.ok_or_else(email_tokens::expired)?;
    match found.state(tx.now()) {
        InvitationState::Open => Ok(found),
        state => Err(gone(state)),
    }
}

/// Locks the user who joins, so that they are not deleted before the commit.
async fn lock_joining_user(tx: &mut Tx, id: UserId) -> AppResult<User> {
    users::lock_user(tx, id).await.map_err(|error| match error {
        Error::NotFound => AppError::unauthenticated(),
        error => error.into(),
    })
}

async fn join(core: &Core, tx: &mut Tx, found: &store::Invitation, user: UserId) -> AppResult<()> {
    let workspace = found.workspace_id;
    let inviter = store::find_inviter_role(tx, found).await?;
    if !inviter.is_some_and(|inviter| members::may_invite(inviter, found.role)) {
        return Err(gone(InvitationState::Revoked));
    }
    let joined = workspaces::get_workspace(tx, workspace).await?;
    refuse_suspended(joined.suspended)?;
    if workspaces::find_membership(tx, user, workspace)
        .await?
        .is_some()
    {
        return Err(AppError::new(
            ErrorCode::Conflict,
            "You are already a member of this workspace.",
        ));
    }
    quotas::room_for_member(core, tx, workspace).await?;
    workspaces::create_membership(tx, workspace, user, found.role).await?;
    store::accept_invitation(tx, found.id, user).await?;
    Ok(store::accept_invitations_to_member(tx, workspace, user).await?)
}

async fn record_joined(
    tx: &mut Tx,
    found: &store::Invitation,
    actor: &Actor,
    me: &Me,
) -> AppResult<()> {
    let details = json!({ "role": found.role, "invitation": found.id });
    let what = target("member", me.user_id, &me.name);
    audit::record(
        tx,
        found.workspace_id,
        actor,
        Action::MemberJoined,
        what,
        details,
    )
    .await
}
