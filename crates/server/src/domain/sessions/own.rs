//! Somebody's sessions as they see them, and how they end them from elsewhere.

use deskbell_protocol::api::account::SignedInSession;
use deskbell_protocol::{AuthSessionId, UserId, WorkspaceId};
use deskbell_store::{Error, Tx, sessions, users};
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::clock;
use crate::domain::audit::{Action, record_about};
use crate::error::AppResult;

/// Somebody whose sessions end, or who may do less, with a transaction; their sockets are to be told
/// once it is committed.
#[must_use]
pub struct Ended {
    user: UserId,
    workspaces: Vec<WorkspaceId>,
}

impl Ended {
    /// Lets their sockets prove themselves again, on whichever node.
    pub fn tell(self, app: &App) {
        for workspace in self.workspaces {
            app.prove_member_again(workspace, self.user);
        }
    }
}

/// Where somebody is signed in; `this` is the session that asks.
pub async fn list(app: &App, user: UserId, this: AuthSessionId) -> AppResult<Vec<SignedInSession>> {
    let mut reader = app.store.read().await?;
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

/// Ends one of their sessions.
pub async fn end_one(
    app: &App,
    actor: &Actor,
    user: UserId,
    session: AuthSessionId,
) -> AppResult<()> {
    let mut tx = app.begin().await?;
    if !sessions::revoke_session(&mut tx, user, session).await? {
        return Err(Error::NotFound.into());
    }
    let workspaces = sessions::list_session_workspaces(&mut tx, user).await?;
    let details = json!({ "session": session });
    let owner = users::get_user(&mut tx, user).await?;
    record_about(&mut tx, actor, Action::SessionEnded, &owner, details).await?;
    app.commit(tx).await?;
    Ended { user, workspaces }.tell(app);
    Ok(())
}

/// Ends all of their sessions but the one that asks.
pub async fn end_all_others(
    app: &App,
    actor: &Actor,
    user: UserId,
    kept: AuthSessionId,
) -> AppResult<()> {
    let mut tx = app.begin().await?;
    let ended = end_others(&mut tx, user, Some(kept)).await?;
    let details = json!({ "all_but": kept });
    let owner = users::get_user(&mut tx, user).await?;
    record_about(&mut tx, actor, Action::SessionEnded, &owner, details).await?;
    app.commit(tx).await?;
    ended.tell(app);
    Ok(())
}

/// Ends all sessions of somebody but the one that is kept, if one is.
pub async fn end_others(
    tx: &mut Tx,
    user: UserId,
    kept: Option<AuthSessionId>,
) -> AppResult<Ended> {
    sessions::revoke_other_sessions(tx, user, kept).await?;
    of_everywhere(tx, user).await
}

/// Somebody's sockets, wherever they may have some: as a member, or where they have entered.
pub async fn of_everywhere(tx: &mut Tx, user: UserId) -> AppResult<Ended> {
    let workspaces = sessions::list_session_workspaces(tx, user).await?;
    Ok(Ended { user, workspaces })
}
