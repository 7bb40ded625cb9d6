//! Invitations: links, sent by e-mail or shown, that make a person a member once.
//!
//! The link's token is a permission, like a password: anyone who has it can join. It is the fragment
//! of the link (after `#`), so that no server, proxy or referrer sees it, and only its hash is stored.
//! If the link was sent to an address by e-mail and shown to nobody, anyone who has it also reads that
//! address's mail, so the address counts as verified.
//!
//! An address has at most one open invitation to a workspace, and a member is not invited. Everything
//! that adds members or invitations locks the workspace first, so that this holds under concurrency.
//! When a person joins with another link, or confirms an invited address as a member, the open
//! invitation to the address counts as accepted. An unconfirmed address does not count: a stranger
//! could enter it and so withdraw the invitation of its owner.

mod joining;

use deskbell_base::actor::Actor;
use deskbell_base::clock;
use deskbell_base::email_addresses;
use deskbell_base::email_text::Email;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::secrets::token;
use deskbell_protocol::api::workspace::invitations::{
    CreateInvitation, Invitation, InvitationState, InvitationView, Invitations,
};
use deskbell_protocol::{ErrorCode, InvitationId, UserId};
use deskbell_store::workspace::invitations::{self as store, NewInvitation};
use deskbell_store::workspace::limits;
use deskbell_store::workspace::workspaces::Membership;
use deskbell_store::{Tx, WorkspaceScope};
use serde_json::json;

use crate::core::Core;
use crate::identity::email_tokens;
use crate::mail;
use crate::platform::audit::{self, Action, target};
use crate::workspace::{members, quotas};
pub use joining::{accept, accept_with_password};

/// The lifetime of a link in milliseconds: 7 days.
const LIFETIME_MS: i64 = 7 * 24 * 3_600 * 1_000;
/// The number of invitations in a list.
const LISTED: i64 = 200;

/// Lists the workspace's invitations, the newest first.
pub async fn list(core: &Core, scope: &WorkspaceScope) -> AppResult<Invitations> {
    let mut reader = core.db.read().await?;
    let found = store::list_invitations(&mut reader, scope, LISTED).await?;
    let invitations = found.into_iter().map(|found| view(found, None)).collect();
    Ok(Invitations { invitations })
}

/// Creates an invitation. `Conflict` if the address is a member's or is already invited.
pub async fn create(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: CreateInvitation,
) -> AppResult<Invitation> {
    members::check_role(body.role)?;
    members::may_give(scope, actor, body.role)?;
    if body.show_link {
        refuse_programs(actor)?;
    }
    let email = body
        .email
        .as_deref()
        .filter(|email| !email.trim().is_empty());
    let email = email.map(email_addresses::parse).transpose()?;
    let link = Link::new(core, email.is_some() && !body.show_link);
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    refuse_duplicate(&mut tx, scope, email.as_deref(), None).await?;
    quotas::room_for_invitation(core, &mut tx, scope).await?;
    link.check_rate(core, scope, email.as_deref())?;
    let new = NewInvitation {
        email: email.clone(),
        role: body.role,
        token_hash: link.hash(),
        by_mail: link.by_mail,
        expires_at: tx.now() + LIFETIME_MS,
    };
    let id = store::create_invitation(&mut tx, scope, new).await?;
    hand_out(core, tx, (scope, actor), Action::Invited, id, link).await
}

/// Replaces the link of an invitation by a new one with a new lifetime. `Conflict` if the address is a
/// member's or has another open invitation by now.
pub async fn resend(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: InvitationId,
) -> AppResult<Invitation> {
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let found = store::get_invitation(&mut tx, scope, id).await?;
    members::may_give(scope, actor, found.role)?;
    match found.state(tx.now()) {
        InvitationState::Open => {}
        // It counts towards the quota again.
        InvitationState::Expired => quotas::room_for_invitation(core, &mut tx, scope).await?,
        state => return Err(gone(state)),
    }
    refuse_duplicate(&mut tx, scope, found.email.as_deref(), Some(id)).await?;
    let link = Link::new(core, found.email.is_some());
    link.check_rate(core, scope, found.email.as_deref())?;
    let expires_at = tx.now() + LIFETIME_MS;
    store::renew_invitation(&mut tx, scope, id, &link.hash(), link.by_mail, expires_at).await?;
    hand_out(core, tx, (scope, actor), Action::InvitedAgain, id, link).await
}

/// Refuses an address that is a member's, or that has an open invitation other than `except`. The
/// caller has locked the workspace, so the answer holds until the commit.
async fn refuse_duplicate(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    email: Option<&str>,
    except: Option<InvitationId>,
) -> AppResult<()> {
    let Some(email) = email else {
        return Ok(());
    };
    let message = if store::is_member_address(tx, scope, email).await? {
        "This person is already a member."
    } else if store::has_open_invitation(tx, scope, email, except).await? {
        "This address is already invited. Resend that invitation, or revoke it first."
    } else {
        return Ok(());
    };
    Err(AppError::in_field(ErrorCode::Conflict, "email", message))
}

/// Revokes an invitation.
pub async fn revoke(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: InvitationId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let found = store::get_invitation(&mut tx, scope, id).await?;
    match found.state(tx.now()) {
        InvitationState::Open | InvitationState::Expired => {}
        InvitationState::Revoked => return Ok(()),
        state => return Err(gone(state)),
    }
    store::revoke_invitation(&mut tx, scope, id).await?;
    let what = target("invitation", id, found.email.unwrap_or_default());
    let workspace = scope.workspace_id;
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::InvitationRevoked,
        what,
        json!({}),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Describes the invitation of a link, whatever its state.
pub async fn find(core: &Core, token: &str) -> AppResult<InvitationView> {
    let found = look_up(core, token).await?;
    Ok(InvitationView {
        state: found.state(clock::now()),
        workspace: found.workspace_name,
        invited_by: found.invited_by,
        role: found.role,
        email: found.email,
        expires_at: found.expires_at,
    })
}

/// Marks the open invitations to a user's address as accepted in the workspaces of which they are a
/// member, when the address was verified. The workspaces must be locked.
pub async fn accept_to_verified_address(
    tx: &mut Tx,
    user: UserId,
    memberships: &[Membership],
) -> AppResult<()> {
    for membership in memberships {
        store::accept_invitations_to_member(tx, membership.workspace_id, user).await?;
    }
    Ok(())
}

async fn look_up(core: &Core, token: &str) -> AppResult<store::Invitation> {
    let mut reader = core.db.read().await?;
    let found = store::find_invitation_by_hash(&mut reader, &token::hash(token)).await?;
    found.ok_or_else(email_tokens::expired)
}

/// Sends the link or returns it, records the action in the audit log, and commits.
async fn hand_out(
    core: &Core,
    mut tx: Tx,
    by: (&WorkspaceScope, &Actor),
    action: Action,
    id: InvitationId,
    link: Link,
) -> AppResult<Invitation> {
    let (scope, actor) = by;
    let made = store::get_invitation(&mut tx, scope, id).await?;
    if let Some(email) = made.email.as_ref().filter(|_| link.by_mail) {
        let content = Email::Invitation {
            workspace: made.workspace_name.clone(),
            by: made.invited_by.clone(),
            link: link.url(core),
        };
        mail::send(core, &mut tx, email, &content, LIFETIME_MS).await?;
    }
    let details = json!({ "email": made.email, "role": made.role, "by_mail": link.by_mail });
    let what = target("invitation", id, made.email.clone().unwrap_or_default());
    audit::record(&mut tx, scope.workspace_id, actor, action, what, details).await?;
    tx.commit().await?;
    let shown = (!link.by_mail && actor.token_name.is_none()).then(|| link.url(core));
    Ok(view(made, shown))
}

/// Refuses API tokens: anyone who has a link can become a member, which is more than any scope of a
/// token allows.
fn refuse_programs(actor: &Actor) -> AppResult<()> {
    if actor.token_name.is_none() {
        return Ok(());
    }
    let message =
        "API tokens can't read invitation links. Send the invitation by e-mail, or sign in.";
    Err(AppError::new(ErrorCode::Forbidden, message))
}

fn view(found: store::Invitation, link: Option<String>) -> Invitation {
    Invitation {
        id: found.id,
        state: found.state(clock::now()),
        email: found.email,
        role: found.role,
        invited_by: found.invited_by,
        created_at: found.created_at,
        expires_at: found.expires_at,
        link,
    }
}

fn gone(state: InvitationState) -> AppError {
    let message = match state {
        InvitationState::Accepted => "This invitation was already accepted. Sign in.",
        InvitationState::Revoked => "This invitation was revoked. Ask for a new one.",
        InvitationState::Expired | InvitationState::Open => {
            "This invitation has expired. Ask for a new one."
        }
    };
    AppError::new(ErrorCode::LinkExpired, message)
}

/// A new link.
struct Link {
    token: String,
    by_mail: bool,
}

impl Link {
    /// Creates a link. `mailable`: there is an address, and the link was not asked for.
    fn new(core: &Core, mailable: bool) -> Self {
        Self {
            token: token::random(),
            by_mail: mailable && core.policy.sends_mail,
        }
    }

    /// Counts the e-mail, if one will be sent, and refuses above the rate limit.
    fn check_rate(
        &self,
        core: &Core,
        scope: &WorkspaceScope,
        email: Option<&str>,
    ) -> AppResult<()> {
        match email.filter(|_| self.by_mail) {
            Some(email) => core.limits.invite(scope.workspace_id, email),
            None => Ok(()),
        }
    }

    fn hash(&self) -> String {
        token::hash(&self.token)
    }

    fn url(&self, core: &Core) -> String {
        format!("{}#{}", core.urls.page("invitation"), self.token)
    }
}
