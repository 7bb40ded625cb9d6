//! Extractors for authenticated members and operators.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use deskbell_base::actor::{Actor, OperatorScope};
use deskbell_base::client_info::ClientInfo;
use deskbell_base::error::{AppError, AppResult};
use deskbell_domain::identity::authentication::{self, AuthMethod, MemberAccess};
use deskbell_domain::identity::current_user;
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::{ErrorCode, Role};
use deskbell_store::WorkspaceScope;

use crate::app::App;
use crate::auth::permission::Permission;
use crate::auth::same_origin::{WRITE_HEADER, is_same_origin};
use crate::auth::{client_info, cookies};
use crate::config::Config;
use crate::error::ApiError;

/// A member of a workspace with the permission `P`, authenticated by access cookie (browsers) or
/// bearer token (programs).
#[derive(Clone, Debug)]
pub struct Member<P> {
    pub scope: WorkspaceScope,
    pub me: Me,
    pub actor: Actor,
    permission: PhantomData<P>,
}

/// A signed-in operator of the platform; an API token is not accepted.
#[derive(Clone, Debug)]
pub struct Operator(OperatorScope);

impl Deref for Operator {
    type Target = OperatorScope;

    fn deref(&self) -> &OperatorScope {
        &self.0
    }
}

impl<P: Permission> FromRequestParts<App> for Member<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let (access, client) = authenticate(parts, app).await?;
        allow::<P>(&access)?;
        Ok(Self {
            me: current_user::of_access(&access),
            actor: access.actor(client),
            scope: access.scope,
            permission: PhantomData,
        })
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let (access, client) = authenticate(parts, app).await?;
        match &access.method {
            AuthMethod::Session { id, .. } if access.is_operator => Ok(Self(OperatorScope {
                me: current_user::of_access(&access),
                session: *id,
                actor: access.actor(client),
            })),
            _ => Err(ApiError::new(
                ErrorCode::Forbidden,
                "Only an operator of this server can do this.",
            )),
        }
    }
}

/// Authenticates a program by its bearer token, or a browser by its cookie.
async fn authenticate(parts: &Parts, app: &App) -> AppResult<(MemberAccess, ClientInfo)> {
    let token = match bearer(&parts.headers) {
        Some(token) => token,
        None => {
            refuse_foreign_writes(&app.config, &parts.method, &parts.headers)?;
            cookies::read(&parts.headers, &app.config, cookies::ACCESS)
                .ok_or_else(AppError::unauthenticated)?
        }
    };
    let client = client_info::of(parts, &app.config);
    let (credential, _) = authentication::read(&app.core, &token)?;
    let access = authentication::member(&app.core, &credential, Some(&client)).await?;
    Ok((access, client))
}

fn allow<P: Permission>(access: &MemberAccess) -> AppResult<()> {
    let own = P::OWN && matches!(access.method, AuthMethod::Session { .. });
    authentication::refuse_suspended(access.suspended && !own)?;
    if !access.scope.role.reaches(P::ROLE) {
        let message = match P::ROLE {
            Role::Owner => "Only an owner of this workspace can do this.",
            Role::Admin => "Only an admin or an owner of this workspace can do this.",
            _ => "Only a member of this workspace can do this.",
        };
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    let AuthMethod::ApiToken { scopes, .. } = &access.method else {
        return Ok(());
    };
    match P::SCOPE {
        Some(scope) if scopes.contains(&scope) => Ok(()),
        Some(scope) => {
            let scope = serde_json::to_value(scope).map_err(AppError::internal)?;
            let message = format!("This token lacks the scope {scope}.");
            Err(AppError::new(ErrorCode::Forbidden, message))
        }
        None => Err(AppError::new(
            ErrorCode::Forbidden,
            "API tokens can't do this. Sign in.",
        )),
    }
}

/// CSRF protection: a browser sends cookies with any request, so a write must also come from our own
/// page.
pub fn refuse_foreign_writes(
    config: &Config,
    method: &Method,
    headers: &HeaderMap,
) -> AppResult<()> {
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || (headers.contains_key(WRITE_HEADER) && is_same_origin(config, headers)) {
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
