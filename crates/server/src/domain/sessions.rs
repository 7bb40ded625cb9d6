//! How a browser stays signed in: a short access token and a refresh token that is used once.
//!
//! Each renewal uses up the refresh token and makes the next of the same family. A token that
//! comes back after it was used has been copied by somebody, so its whole family ends.

use deskbell_protocol::api::auth::Me;
use deskbell_protocol::{UserId, WorkspaceId};
use deskbell_store::Tx;
use deskbell_store::sessions::{self, NewRefresh};

use crate::app::App;
use crate::auth::agent::access_agent;
use crate::auth::token::{self, REFRESH_MS};
use crate::clock;
use crate::error::{AppError, AppResult};

/// What the two cookies hold.
pub struct Pair {
    pub access: String,
    pub refresh: String,
}

/// A session that goes on.
pub struct Renewed {
    pub pair: Pair,
    pub me: Me,
}

/// Starts a session.
pub async fn open(app: &App, user: UserId, workspace: WorkspaceId) -> AppResult<Pair> {
    let mut tx = app.begin().await?;
    let family = token::random();
    let pair = issue(app, &mut tx, &family, user, workspace).await?;
    app.commit(tx).await?;
    Ok(pair)
}

/// Exchanges a refresh token for the next pair.
pub async fn renew(app: &App, refresh: &str) -> AppResult<Renewed> {
    let mut tx = app.begin().await?;
    let row = sessions::find_refresh_by_hash(&mut tx, &token::hash(refresh))
        .await?
        .filter(|row| row.revoked_at.is_none() && row.expires_at > clock::now())
        .ok_or_else(AppError::unauthenticated)?;
    if !sessions::use_refresh(&mut tx, row.id).await? {
        sessions::revoke_family(&mut tx, &row.family).await?;
        app.commit(tx).await?;
        tracing::warn!(user = %row.user_id, "a refresh token was used twice: its session is ended");
        return Err(AppError::unauthenticated());
    }
    let pair = issue(app, &mut tx, &row.family, row.user_id, row.workspace_id).await?;
    app.commit(tx).await?;
    let claims = app
        .tokens
        .read_agent(&pair.access)
        .map_err(AppError::from)?;
    let agent = access_agent(app, &claims).await?;
    Ok(Renewed { pair, me: agent.me })
}

/// Ends the session that a refresh token belongs to.
pub async fn end(app: &App, refresh: &str) -> AppResult<()> {
    let mut tx = app.begin().await?;
    if let Some(row) = sessions::find_refresh_by_hash(&mut tx, &token::hash(refresh)).await? {
        sessions::revoke_family(&mut tx, &row.family).await?;
    }
    app.commit(tx).await
}

async fn issue(
    app: &App,
    tx: &mut Tx,
    family: &str,
    user: UserId,
    workspace: WorkspaceId,
) -> AppResult<Pair> {
    let now = clock::now();
    let refresh = token::random();
    let new = NewRefresh {
        family: family.to_owned(),
        user_id: user,
        workspace_id: workspace,
        token_hash: token::hash(&refresh),
        expires_at: now + REFRESH_MS,
    };
    sessions::create_refresh(tx, new).await?;
    Ok(Pair {
        access: app.tokens.sign_agent(user, workspace, now),
        refresh,
    })
}
