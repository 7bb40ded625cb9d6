//! A member of a workspace, by access cookie (browsers) or bearer token (programs).

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum_extra::extract::CookieJar;
use deskbell_protocol::api::auth::{Me, Membership};
use deskbell_protocol::{AgentView, ErrorCode};
use deskbell_store::{Error, WorkspaceScope, users, workspaces};

use crate::app::App;
use crate::auth::cookies;
use crate::auth::same_origin::{WRITE_HEADER, is_same_origin};
use crate::auth::token::{AgentClaims, TokenError};
use crate::error::{AppError, AppResult};

/// A signed-in member and the workspace they act in, as the database has them now.
#[derive(Clone, Debug)]
pub struct Agent {
    pub scope: WorkspaceScope,
    pub me: Me,
    /// Has chosen to be away.
    pub away: bool,
}

impl FromRequestParts<App> for Agent {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let token = match bearer(&parts.headers) {
            Some(token) => token,
            None => {
                refuse_foreign_writes(&parts.method, &parts.headers)?;
                access_cookie(&parts.headers).ok_or_else(AppError::unauthenticated)?
            }
        };
        let claims = app.tokens.read_agent(&token).map_err(AppError::from)?;
        access_agent(app, &claims).await
    }
}

/// The member that the claims speak of, if they still are one.
pub async fn access_agent(app: &App, claims: &AgentClaims) -> AppResult<Agent> {
    let mut reader = app.store.read().await?;
    let user = match users::get_user(&mut reader, claims.sub).await {
        Ok(user) => user,
        Err(Error::NotFound) => return Err(AppError::unauthenticated()),
        Err(error) => return Err(error.into()),
    };
    let membership = workspaces::find_membership(&mut reader, claims.sub, claims.workspace)
        .await?
        .ok_or_else(AppError::unauthenticated)?;
    Ok(Agent {
        scope: WorkspaceScope {
            workspace_id: claims.workspace,
            user: AgentView {
                id: user.id,
                name: user.name.clone(),
            },
            role: membership.role,
        },
        me: Me {
            user_id: user.id,
            name: user.name,
            email: user.email,
            workspace: Membership {
                id: claims.workspace,
                name: membership.workspace_name,
                role: membership.role,
            },
        },
        away: membership.away,
    })
}

/// A cookie is sent by the browser whoever asks, so a write must also prove that our page asked.
pub fn refuse_foreign_writes(method: &Method, headers: &HeaderMap) -> AppResult<()> {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || (headers.contains_key(WRITE_HEADER) && is_same_origin(headers)) {
        return Ok(());
    }
    Err(AppError::new(
        ErrorCode::Forbidden,
        "This request must come from Deskbell's own pages (header x-deskbell: 1).",
    ))
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

/// The token of the access cookie.
pub fn access_cookie(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers)
        .get(cookies::ACCESS)
        .map(|cookie| cookie.value().to_owned())
}

impl From<TokenError> for AppError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::new(
                ErrorCode::TokenExpired,
                "The token has expired. Renew it and try again.",
            ),
            TokenError::Invalid => Self::unauthenticated(),
        }
    }
}
