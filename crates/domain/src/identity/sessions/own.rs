//! The sessions of a user: their list, and revoking them from another browser.

use deskbell_base::actor::Actor;
use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_protocol::api::identity::account::SignedInSession;
use deskbell_protocol::{SessionId, UserId};
use deskbell_store::identity::{sessions, users};
use deskbell_store::{Error, Tx};
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::{Action, record_about};

/// Lists the sessions of a user; `this` is the session of the request.
pub async fn list(core: &Core, user: UserId, this: SessionId) -> AppResult<Vec<SignedInSession>> {
    let mut reader = core.db.read().await?;
    let sessions = sessions::list_sessions(&mut reader, user, clock::now()).await?;
    let seen = sessions.into_iter().map(|session| SignedInSession {
        id: session.id,
        current: session.id == this,
        workspace: session.workspace_name,
        address: session.address,
        user_agent: session.user_agent,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
    });
    Ok(seen.collect())
}

/// Revokes one session of the user.
pub async fn end_one(
    core: &Core,
    actor: &Actor,
    user: UserId,
    session: SessionId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    if !sessions::revoke_session(&mut tx, user, session).await? {
        return Err(Error::NotFound.into());
    }
    reauthenticate_everywhere(&mut tx, user).await?;
    let details = json!({ "session": session });
    let owner = users::get_user(&mut tx, user).await?;
    record_about(&mut tx, actor, Action::SessionEnded, &owner, details).await?;
    tx.commit().await?;
    Ok(())
}

/// Revokes all sessions of the user except the one of the request.
pub async fn end_all_others(
    core: &Core,
    actor: &Actor,
    user: UserId,
    kept: SessionId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    end_others(&mut tx, user, Some(kept)).await?;
    let details = json!({ "all_but": kept });
    let owner = users::get_user(&mut tx, user).await?;
    record_about(&mut tx, actor, Action::SessionEnded, &owner, details).await?;
    tx.commit().await?;
    Ok(())
}

/// Revokes all sessions of a user except `kept`. Their sockets close after the commit.
pub async fn end_others(tx: &mut Tx, user: UserId, kept: Option<SessionId>) -> AppResult<()> {
    sessions::revoke_other_sessions(tx, user, kept).await?;
    reauthenticate_everywhere(tx, user).await
}

/// Requests that a user's sockets authenticate again after the commit, in all workspaces in which
/// they may have some: as a member, or as an operator.
pub async fn reauthenticate_everywhere(tx: &mut Tx, user: UserId) -> AppResult<()> {
    for workspace in sessions::list_session_workspaces(tx, user).await? {
        tx.reauthenticate_member(workspace, user);
    }
    Ok(())
}
