//! Sessions of browsers: a short-lived access token and a refresh token that works once.
//!
//! Each renewal uses up the refresh token and creates the session's next one. A used token that is
//! presented again may have been stolen, so the session ends. But an answer can get lost, and
//! several tabs can renew at once. So as long as the next token is unused, the user agent of the last
//! renewal gets the same next token again: from the network of the last renewal at any time, from
//! another one (a phone that went from wifi to mobile data) within an hour. Later the renewal is
//! refused. A changed address alone never ends a session; another user agent, or a used next token,
//! does.

mod own;

use deskbell_base::actor::Actor;
use deskbell_base::client_info::ClientInfo;
use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::secrets::token::{self, REFRESH_MS};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::{SessionId, UserId, WorkspaceId};
use deskbell_store::identity::sessions::{self, NewSession};
use deskbell_store::identity::users;
use deskbell_store::workspace::workspaces;
use deskbell_store::{Error, Tx};
use serde_json::json;

use crate::core::Core;
use crate::identity::authentication::{self, Credential, MemberAccess};
use crate::identity::current_user;
use crate::platform::audit::{self, Action, target};
pub use own::{end_all_others, end_one, end_others, list, reauthenticate_everywhere};

/// The time within which a renewal is repeated from another network, in milliseconds.
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

/// A session that was moved to another workspace; `me` lists all workspaces. Its refresh token does
/// not change.
pub struct SwitchedSession {
    pub access: String,
    pub me: Me,
}

/// Creates a session for a user who has just signed in, in the transaction that authenticated them: a
/// code of the second factor is used up only if there is a session.
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
    // Before the token is used up, so that a client that is refused for now can retry with it.
    let access = authentication::member(core, &credential, None).await?;
    let next = next_refresh(core, refresh);
    let mut tx = core.begin().await?;
    if sessions::use_refresh(&mut tx, row.id).await? {
        keep_refresh(&mut tx, session, workspace, &next).await?;
        let until = tx.now() + REFRESH_MS;
        let (address, program) = (from.address(), from.user_agent.as_str());
        sessions::extend_session(&mut tx, session, until, &address, program).await?;
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
        me: current_user::of_access(access),
    })
}

/// Moves the session of `me` to another workspace that they are a member of. Its access tokens and
/// sockets in the workspace before end.
pub async fn switch(
    core: &Core,
    me: &Me,
    actor: &Actor,
    workspace: WorkspaceId,
) -> AppResult<SwitchedSession> {
    let mut tx = core.begin().await?;
    let found = workspaces::find_membership(&mut tx, me.user_id, workspace).await?;
    let found = found.ok_or(Error::NotFound)?;
    authentication::refuse_suspended(found.suspended)?;
    record_left(&mut tx, me, actor, workspace).await?;
    let switched = move_to(core, &mut tx, me, actor, workspace).await?;
    tx.commit().await?;
    Ok(switched)
}

/// Records that an operator leaves the workspace that they have entered, if `me` is one, because the
/// session moves to `next`. It locks the logs of both, so it comes before other entries in them.
pub async fn record_left(tx: &mut Tx, me: &Me, actor: &Actor, next: WorkspaceId) -> AppResult<()> {
    if !me.entered || me.workspace.id == next {
        return Ok(());
    }
    audit::record_operator_left(tx, actor, me.workspace.id, Some(next)).await
}

/// Moves the session of `me` to a workspace that they are a member of, in the caller's transaction.
pub async fn move_to(
    core: &Core,
    tx: &mut Tx,
    me: &Me,
    actor: &Actor,
    workspace: WorkspaceId,
) -> AppResult<SwitchedSession> {
    let session = actor.session.ok_or_else(AppError::unauthenticated)?;
    sessions::move_session(tx, session, workspace, false).await?;
    let what = target("session", session, "");
    audit::record(tx, workspace, actor, Action::Switched, what, json!({})).await?;
    tx.reauthenticate_member(me.workspace.id, me.user_id);
    Ok(SwitchedSession {
        access: core
            .signer
            .sign_agent(session, me.user_id, workspace, tx.now()),
        me: current_user::in_workspace(tx, me, workspace).await?,
    })
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

/// Derives the token after this one: the same each time, and known to nobody without our secret.
fn next_refresh(core: &Core, refresh: &str) -> String {
    core.signer
        .derive(&format!("the refresh token after {refresh}"))
}

/// The decision about a refresh token that was used before.
enum Reuse {
    /// The answer to the renewal was lost, or another tab was faster: the answer is the same again.
    Repeat,
    /// Too late and from another network, but no sign of theft: the session is not ended.
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
