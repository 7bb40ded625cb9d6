//! Invitations: a link, by mail or shown, that makes somebody a member once.
//!
//! The link's token is a right, like a password: whoever has it may join. It stands behind `#`, so
//! that no server, proxy or referrer sees it, and only its hash is kept. Where the link went to an
//! address by mail and nowhere else, whoever has it also reads that mail, so the address counts as
//! verified.

use deskbell_protocol::api::auth::{Me, Membership};
use deskbell_protocol::api::invitations::{
    AcceptInvitation, CreateInvitation, Invitation, InvitationState, InvitationView, Invitations,
};
use deskbell_protocol::{ErrorCode, InvitationId, UserId, WorkspaceId};
use deskbell_store::invitations::{self as store, NewInvitation};
use deskbell_store::users::{NewUser, User};
use deskbell_store::{Error, Tx, WorkspaceScope, credentials, limits, users, workspaces};
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::auth::origin::Origin;
use crate::auth::proof::refuse_suspended;
use crate::auth::token::DeviceClaims;
use crate::auth::{password, token};
use crate::clock;
use crate::config::Registration;
use crate::domain::audit::{self, Action, target};
use crate::domain::links::{self, page_url};
use crate::domain::{accounts, emails, members, quotas, second_factor, text};
use crate::error::{AppError, AppResult, FieldErrors};
use crate::limits::address::Address;
use crate::mail::{self, Letter};

/// How long a link is good, in milliseconds: 7 days.
const GOOD_FOR_MS: i64 = 7 * 24 * 3_600 * 1_000;
/// So many are listed.
const LISTED: i64 = 200;

/// The workspace's invitations, the newest first.
pub async fn list(app: &App, scope: &WorkspaceScope) -> AppResult<Invitations> {
    let mut reader = app.store.read().await?;
    let found = store::list_invitations(&mut reader, scope, LISTED).await?;
    let invitations = found.into_iter().map(|found| view(found, None)).collect();
    Ok(Invitations { invitations })
}

/// Invites somebody.
pub async fn create(
    app: &App,
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
    let email = email.map(text::email).transpose()?;
    let link = Link::new(app, email.is_some() && !body.show_link);
    link.allow(app, scope, email.as_deref())?;
    let mut tx = app.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    quotas::room_for_invitation(app, &mut tx, scope).await?;
    let new = NewInvitation {
        email: email.clone(),
        role: body.role,
        token_hash: link.hash(),
        by_mail: link.by_mail,
        expires_at: tx.now() + GOOD_FOR_MS,
    };
    let id = store::create_invitation(&mut tx, scope, new).await?;
    tell(app, tx, (scope, actor), Action::Invited, id, link).await
}

/// Makes a new link in place of the old one, good for as long again.
pub async fn resend(
    app: &App,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: InvitationId,
) -> AppResult<Invitation> {
    let mut tx = app.begin().await?;
    limits::lock_workspace(&mut tx, scope.workspace_id).await?;
    let found = store::get_invitation(&mut tx, scope, id).await?;
    members::may_give(scope, actor, found.role)?;
    match found.state(tx.now()) {
        InvitationState::Open => {}
        // It takes a place again.
        InvitationState::Expired => quotas::room_for_invitation(app, &mut tx, scope).await?,
        state => return Err(gone(state)),
    }
    let link = Link::new(app, found.email.is_some());
    link.allow(app, scope, found.email.as_deref())?;
    let expires_at = tx.now() + GOOD_FOR_MS;
    store::renew_invitation(&mut tx, scope, id, &link.hash(), link.by_mail, expires_at).await?;
    tell(app, tx, (scope, actor), Action::InvitedAgain, id, link).await
}

/// Takes an invitation back.
pub async fn revoke(
    app: &App,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: InvitationId,
) -> AppResult<()> {
    let mut tx = app.begin().await?;
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
    app.commit(tx).await
}

/// What a link is about, however it stands.
pub async fn find(app: &App, token: &str) -> AppResult<InvitationView> {
    let mut reader = app.store.read().await?;
    let found = store::find_invitation_by_hash(&mut reader, &token::hash(token)).await?;
    let found = found.ok_or_else(links::expired)?;
    Ok(InvitationView {
        state: found.state(clock::now()),
        workspace: found.workspace_name,
        invited_by: found.invited_by,
        role: found.role,
        email: found.email,
        expires_at: found.expires_at,
    })
}

/// Somebody who is signed in joins. Answers with where.
pub async fn accept(app: &App, me: &Me, actor: &Actor, token: &str) -> AppResult<WorkspaceId> {
    let (mut tx, found) = open(app, token).await?;
    if found.email.as_ref().is_some_and(|email| *email != me.email) {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "This invitation is for another address. Sign in with that one, or ask for another link.",
        ));
    }
    join(app, &mut tx, &found, me.user_id).await?;
    record_joined(&mut tx, &found, actor, me).await?;
    app.commit(tx).await?;
    Ok(found.workspace_id)
}

/// Somebody who is not signed in joins: with the account whose address and password they give, or,
/// if they say how they are called and nobody has the address, with a new one. What a link and a
/// wrong password tell of an address is what sign-in tells; only that a new account was made says
/// that there was none, and that uses the link up.
pub async fn accept_with_password(
    app: &App,
    body: AcceptInvitation,
    from: Address,
    device: Option<DeviceClaims>,
    origin: &Origin,
) -> AppResult<Me> {
    let asked_for = find(app, &body.token).await?;
    if asked_for.state != InvitationState::Open {
        return Err(gone(asked_for.state));
    }
    let mut wrong = FieldErrors::default();
    let secret = body.password.unwrap_or_default();
    let name = match body.name {
        Some(_) if app.config.registration == Registration::Off => {
            return Err(AppError::new(
                ErrorCode::Forbidden,
                "This server makes no new accounts. Ask its owner, or sign in if you have one.",
            ));
        }
        Some(name) => {
            wrong.take(password::check(&secret));
            Some(wrong.take(text::person_name("name", &name)))
        }
        None => None,
    };
    let email = match asked_for.email {
        Some(email) => email,
        None => wrong.take(text::email(&body.email.unwrap_or_default())),
    };
    wrong.finish()?;
    let mut reader = app.store.read().await?;
    let known = users::find_user_by_email(&mut reader, &email).await?;
    drop(reader);
    let (tx, found, user) = match name {
        Some(name) if known.is_none() => {
            app.limits.sign_in(from, &email)?;
            let password_hash = password::hash(secret, app.config.bcrypt_cost).await?;
            let new = NewUser {
                email,
                name,
                password_hash,
            };
            open_as_new(app, &body.token, new).await?
        }
        _ => {
            let user = accounts::prove(app, &email, secret, (from, origin), device).await?;
            open_as(app, &body.token, user, body.code.as_deref()).await?
        }
    };
    join_signed_out(app, tx, found, user, origin).await
}

/// The invitation, and an account that is made for whoever accepts it.
async fn open_as_new(
    app: &App,
    token: &str,
    new: NewUser,
) -> AppResult<(Tx, store::Invitation, User)> {
    let (mut tx, found) = open(app, token).await?;
    let user = users::create_user(&mut tx, new)
        .await
        .map_err(|error| match error {
            // Somebody was a moment faster, or is suspended.
            Error::Conflict(_) => accounts::bad_credentials(),
            error => error.into(),
        })?;
    if found.proves(&user.email) {
        credentials::verify_email(&mut tx, user.id, &user.email).await?;
    } else {
        emails::ask(app, &mut tx, &user, &found.workspace_name).await?;
    }
    Ok((tx, found, user))
}

/// The invitation, for whoever has given the password of this account, and the code if it has one.
async fn open_as(
    app: &App,
    token: &str,
    user: User,
    code: Option<&str>,
) -> AppResult<(Tx, store::Invitation, User)> {
    let (mut tx, found) = open(app, token).await?;
    if found.proves(&user.email) {
        credentials::verify_email(&mut tx, user.id, &user.email).await?;
    } else {
        accounts::require_verified(&user)?;
    }
    second_factor::pass(app, &mut tx, &user, code).await?;
    Ok((tx, found, user))
}

async fn join_signed_out(
    app: &App,
    mut tx: Tx,
    found: store::Invitation,
    user: User,
    origin: &Origin,
) -> AppResult<Me> {
    join(app, &mut tx, &found, user.id).await?;
    let place = Membership {
        id: found.workspace_id,
        name: found.workspace_name.clone(),
        role: found.role,
        suspended: false,
    };
    let me = accounts::me(user, place);
    let actor = Actor::by_link(me.user_id, &me.name, origin.clone());
    record_joined(&mut tx, &found, &actor, &me).await?;
    app.commit(tx).await?;
    Ok(me)
}

/// An invitation that can be accepted, locked, in a workspace that is locked.
async fn open(app: &App, token: &str) -> AppResult<(Tx, store::Invitation)> {
    let hash = token::hash(token);
    let mut tx = app.begin().await?;
    let found = store::find_invitation_by_hash(&mut tx, &hash).await?;
    let workspace = found.ok_or_else(links::expired)?.workspace_id;
    limits::lock_workspace(&mut tx, workspace).await?;
    let found = store::lock_invitation_by_hash(&mut tx, &hash).await?;
    let found = found.ok_or_else(links::expired)?;
    match found.state(tx.now()) {
        InvitationState::Open => Ok((tx, found)),
        state => Err(gone(state)),
    }
}

async fn join(app: &App, tx: &mut Tx, found: &store::Invitation, user: UserId) -> AppResult<()> {
    let workspace = found.workspace_id;
    let inviter = store::find_inviter_role(tx, found).await?;
    if !inviter.is_some_and(|inviter| members::may_invite(inviter, found.role)) {
        return Err(gone(InvitationState::Revoked));
    }
    let place = workspaces::get_workspace(tx, workspace).await?;
    refuse_suspended(place.suspended)?;
    if workspaces::find_membership(tx, user, workspace)
        .await?
        .is_some()
    {
        return Err(AppError::new(
            ErrorCode::Conflict,
            "You are a member of this workspace already.",
        ));
    }
    quotas::room_for_member(app, tx, workspace).await?;
    workspaces::create_membership(tx, workspace, user, found.role).await?;
    Ok(store::accept_invitation(tx, found.id, user).await?)
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

/// Sends the link or shows it, writes down that it was made, and commits.
async fn tell(
    app: &App,
    mut tx: Tx,
    by: (&WorkspaceScope, &Actor),
    action: Action,
    id: InvitationId,
    link: Link,
) -> AppResult<Invitation> {
    let (scope, actor) = by;
    let made = store::get_invitation(&mut tx, scope, id).await?;
    if let Some(email) = made.email.as_ref().filter(|_| link.by_mail) {
        let letter = Letter::Invitation {
            workspace: made.workspace_name.clone(),
            by: made.invited_by.clone(),
            link: link.url(app),
        };
        mail::send(app, &mut tx, email, &letter, GOOD_FOR_MS).await?;
    }
    let details = json!({ "email": made.email, "role": made.role, "by_mail": link.by_mail });
    let what = target("invitation", id, made.email.clone().unwrap_or_default());
    audit::record(&mut tx, scope.workspace_id, actor, action, what, details).await?;
    app.commit(tx).await?;
    let shown = (!link.by_mail && actor.token_name.is_none()).then(|| link.url(app));
    Ok(view(made, shown))
}

/// Whoever holds a link can become a member, and act as one: more than any scope says. So a program
/// never sees one.
fn refuse_programs(actor: &Actor) -> AppResult<()> {
    if actor.token_name.is_none() {
        return Ok(());
    }
    let message = "No token may see a link. Let it go by mail, or sign in.";
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
        InvitationState::Accepted => "This invitation was accepted already. Sign in.",
        InvitationState::Revoked => "This invitation was taken back. Ask for another one.",
        InvitationState::Expired | InvitationState::Open => {
            "This invitation has expired. Ask for another one."
        }
    };
    AppError::new(ErrorCode::LinkExpired, message)
}

/// A link that has just been made.
struct Link {
    token: String,
    by_mail: bool,
}

impl Link {
    /// `mailable`: there is an address, and it is not to be shown.
    fn new(app: &App, mailable: bool) -> Self {
        Self {
            token: token::random(),
            by_mail: mailable && app.config.smtp.is_some(),
        }
    }

    /// Refuses when there were too many letters of late.
    fn allow(&self, app: &App, scope: &WorkspaceScope, email: Option<&str>) -> AppResult<()> {
        match email.filter(|_| self.by_mail) {
            Some(email) => app.limits.invite(scope.workspace_id, email),
            None => Ok(()),
        }
    }

    fn hash(&self) -> String {
        token::hash(&self.token)
    }

    fn url(&self, app: &App) -> String {
        format!("{}#{}", page_url(app, "invitation"), self.token)
    }
}
