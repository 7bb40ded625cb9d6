//! Sessions of browsers: a short access token and a refresh token that is used once.
//!
//! Each renewal uses up the refresh token and creates the session's next one. A used token that is
//! presented again may have been stolen, so the session ends. But an answer can get lost, and
//! several tabs can renew at once. So as long as the next token is unused, the program that renewed
//! last gets the same next token again: in the network of the last renewal at any time, elsewhere
//! (a phone that went from wifi to mobile data) within an hour. A changed address alone never ends
//! a session. Another program, or a used next token, is what a thief looks like.

mod own;

use deskbell_protocol::api::identity::auth::{Me, Membership, Permissions};
use deskbell_protocol::{SessionId, UserId, WorkspaceId};
use deskbell_store::identity::sessions::{self, NewSession};
use deskbell_store::identity::users;
use deskbell_store::workspace::workspaces;
use deskbell_store::{Error, Tx};
use serde_json::json;

use crate::actor::Actor;
use crate::client_info::ClientInfo;
use crate::clock;
use crate::core::Core;
use crate::error::{AppError, AppResult};
use crate::identity::authentication::me;
use crate::identity::authentication::{self, Credential, MemberAccess};
use crate::platform::audit::{self, Action, target};
use crate::secrets::token::{self, REFRESH_MS};
pub use own::{end_all_others, end_one, end_others, list, reauthenticate_everywhere};

/// A renewal is repeated in another network within this time, in milliseconds.
const ELSEWHERE_MS: i64 = 3_600_000;

/// The access token and the refresh token of a session.
pub struct TokenPair {
    pub access: String,
    pub refresh: String,
}

/// A session whose tokens were refreshed.
pub struct RefreshedSession {
    pub pair: TokenPair,
    pub me: Me,
}

/// A session that was moved to another workspace. Its refresh token stays as it is.
pub struct SwitchedSession {
    pub access: String,
    pub me: Me,
}

/// Opens a session for a person who has just signed in, in the transaction that checked them: a code
/// of the second factor is used up only if there is a session.
pub async fn open(core: &Core, tx: &mut Tx, me: &Me, from: &ClientInfo) -> AppResult<TokenPair> {
    let new = NewSession {
        user_id: me.user_id,
        workspace_id: me.workspace.id,
        entered: false,
        address: from.address(),
        user_agent: from.user_agent.clone(),
        expires_at: tx.now() + REFRESH_MS,
    };
    let session = sessions::create_session(tx, new).await?;
    let refresh = token::random();
    keep_refresh(tx, session, me.workspace.id, &refresh).await?;
    let actor = Actor::by_link(me.user_id, &me.name, from.clone());
    let what = target("session", session, "");
    let workspace = me.workspace.id;
    let action = Action::SignedIn;
    audit::record(tx, workspace, &actor, action, what, json!({})).await?;
    let access = core
        .signer
        .sign_agent(session, me.user_id, workspace, tx.now());
    Ok(TokenPair { access, refresh })
}

/// Exchanges a refresh token for the next pair.
pub async fn renew(core: &Core, refresh: &str, from: ClientInfo) -> AppResult<RefreshedSession> {
    let mut reader = core.db.read().await?;
    let row = sessions::find_refresh_by_hash(&mut reader, &token::hash(refresh))
        .await?
        .filter(|row| !row.revoked && row.expires_at > clock::now())
        .ok_or_else(AppError::unauthenticated)?;
    drop(reader);
    let (session, user, workspace) = (row.session_id, row.user_id, row.workspace_id);
    let credential = Credential::Session {
        session,
        user,
        workspace,
    };
    // Before the token is used up: whoever is refused for now comes back with the same one.
    let access = authentication::member(core, &credential, None).await?;
    let next = next_refresh(core, refresh);
    let mut tx = core.begin().await?;
    if sessions::use_refresh(&mut tx, row.id).await? {
        keep_refresh(&mut tx, session, workspace, &next).await?;
        let until = tx.now() + REFRESH_MS;
        let (address, program) = (from.address(), from.user_agent.as_str());
        sessions::keep_session(&mut tx, session, until, &address, program).await?;
        return renewed(core, tx, next, (session, user, workspace), &access).await;
    }
    match judge_reuse(&mut tx, &next, &from).await? {
        Reuse::Repeat => renewed(core, tx, next, (session, user, workspace), &access).await,
        Reuse::Refused => Err(AppError::unauthenticated()),
        Reuse::Theft => {
            sessions::revoke_session(&mut tx, user, session).await?;
            let actor = Actor::unknown(from);
            let what = target("session", session, "");
            let action = Action::SessionStolen;
            audit::record(&mut tx, workspace, &actor, action, what, json!({})).await?;
            tx.reauthenticate_member(workspace, user);
            tx.commit().await?;
            tracing::warn!(%user, "a refresh token was used twice: its session is ended");
            Err(AppError::unauthenticated())
        }
    }
}

async fn renewed(
    core: &Core,
    tx: Tx,
    refresh: String,
    (session, user, workspace): (SessionId, UserId, WorkspaceId),
    access: &MemberAccess,
) -> AppResult<RefreshedSession> {
    let pair = TokenPair {
        access: core.signer.sign_agent(session, user, workspace, tx.now()),
        refresh,
    };
    tx.commit().await?;
    Ok(RefreshedSession {
        pair,
        me: me(access),
    })
}

/// The session of `me` goes on in another workspace that they are a member of. What it was in the
/// one before is over: its access tokens, and its sockets.
pub async fn switch(
    core: &Core,
    me: &Me,
    actor: &Actor,
    workspace: WorkspaceId,
) -> AppResult<SwitchedSession> {
    let session = actor.session.ok_or_else(AppError::unauthenticated)?;
    let user = me.user_id;
    let mut tx = core.begin().await?;
    let found = workspaces::find_membership(&mut tx, user, workspace).await?;
    let found = found.ok_or(Error::NotFound)?;
    authentication::refuse_suspended(found.suspended)?;
    if me.entered && me.workspace.id != workspace {
        audit::record_operator_left(&mut tx, actor, me.workspace.id, Some(workspace)).await?;
    }
    sessions::move_session(&mut tx, session, workspace, false).await?;
    let access = core.signer.sign_agent(session, user, workspace, tx.now());
    let what = target("session", session, "");
    audit::record(&mut tx, workspace, actor, Action::Switched, what, json!({})).await?;
    tx.reauthenticate_member(me.workspace.id, user);
    tx.commit().await?;
    let me = Me {
        workspace: Membership {
            id: workspace,
            name: found.workspace_name,
            role: found.role,
            suspended: false,
            suspended_for: String::new(),
        },
        entered: false,
        permissions: Permissions::of(found.role, false),
        ..me.clone()
    };
    Ok(SwitchedSession { access, me })
}

/// Ends the session that a refresh token belongs to.
pub async fn end(core: &Core, refresh: &str, from: ClientInfo) -> AppResult<()> {
    let mut tx = core.begin().await?;
    let Some(row) = sessions::find_refresh_by_hash(&mut tx, &token::hash(refresh)).await? else {
        return Ok(());
    };
    let (session, workspace) = (row.session_id, row.workspace_id);
    if !sessions::revoke_session(&mut tx, row.user_id, session).await? {
        return Ok(());
    }
    let user = users::get_user(&mut tx, row.user_id).await?;
    let actor = Actor::by_session(user.id, &user.name, session, row.entered, from);
    if row.entered {
        audit::record_operator_left(&mut tx, &actor, workspace, None).await?;
    }
    let what = target("session", session, "");
    let action = Action::SignedOut;
    audit::record(&mut tx, workspace, &actor, action, what, json!({})).await?;
    tx.reauthenticate_member(workspace, row.user_id);
    tx.commit().await?;
    Ok(())
}

/// The token after this one: the same each time, and known to nobody who has not our secret.
fn next_refresh(core: &Core, refresh: &str) -> String {
    core.signer
        .derive(&format!("the refresh token after {refresh}"))
}

/// What is done about a refresh token that was used before.
enum Reuse {
    /// The answer to the renewal was lost, or another tab was faster: the same answer is given again.
    Repeat,
    /// Too late and from elsewhere for that, but no sign of a theft: the session goes on.
    Refused,
    /// The token was stolen: the session ends.
    Theft,
}

async fn judge_reuse(tx: &mut Tx, next: &str, from: &ClientInfo) -> AppResult<Reuse> {
    let next = sessions::find_refresh_by_hash(tx, &token::hash(next)).await?;
    let unused = next.filter(|next| !next.used && !next.revoked);
    let Some(next) = unused.filter(|next| next.user_agent == from.user_agent) else {
        return Ok(Reuse::Theft);
    };
    if from.is_near(&next.address) || tx.now() - next.created_at <= ELSEWHERE_MS {
        return Ok(Reuse::Repeat);
    }
    Ok(Reuse::Refused)
}

async fn keep_refresh(
    tx: &mut Tx,
    session: SessionId,
    workspace: WorkspaceId,
    refresh: &str,
) -> AppResult<()> {
    let (hash, until) = (token::hash(refresh), tx.now() + REFRESH_MS);
    sessions::create_refresh(tx, session, workspace, &hash, until).await?;
    Ok(())
}
