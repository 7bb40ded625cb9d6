//! The extractors behind which a request is somebody's: [`Member`] and [`Operator`].

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use deskbell_protocol::api::audit::{AuditActor, Via};
use deskbell_protocol::api::auth::{Me, Membership, Permissions};
use deskbell_protocol::{AuthSessionId, ErrorCode, Role, UserId};
use deskbell_store::{WorkspaceScope, avatars};

use crate::app::App;
use crate::auth::cookies;
use crate::auth::origin::Origin;
use crate::auth::permission::Permission;
use crate::auth::proof::{self, Access, Through};
use crate::auth::same_origin::{WRITE_HEADER, is_same_origin};
use crate::auth::token::TokenError;
use crate::error::{AppError, AppResult};

/// A member of a workspace who may do `P`, by access cookie (browsers) or bearer token (programs).
#[derive(Clone, Debug)]
pub struct Member<P> {
    pub scope: WorkspaceScope,
    pub me: Me,
    pub actor: Actor,
    permission: PhantomData<P>,
}

/// Somebody who runs the platform and is signed in; no program's token makes one.
#[derive(Clone, Debug)]
pub struct Operator {
    pub me: Me,
    pub actor: Actor,
    pub session: AuthSessionId,
}

/// Who does something, for the audit log.
#[derive(Clone, Debug)]
pub struct Actor {
    pub who: AuditActor,
    /// `None`: Deskbell itself.
    pub origin: Option<Origin>,
    /// The browser's session; `None` for programs and for those who are not signed in.
    pub session: Option<AuthSessionId>,
    /// The program's token, if it is one.
    pub token_name: Option<String>,
}

impl<P: Permission> FromRequestParts<App> for Member<P> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let (access, origin) = somebody(parts, app).await?;
        allow::<P>(&access)?;
        Ok(Self {
            me: me(&access),
            actor: Actor::of(&access, origin),
            scope: access.scope,
            permission: PhantomData,
        })
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let (access, origin) = somebody(parts, app).await?;
        match &access.through {
            Through::Session { id, .. } if access.is_operator => Ok(Self {
                me: me(&access),
                session: *id,
                actor: Actor::of(&access, origin),
            }),
            _ => Err(AppError::new(
                ErrorCode::Forbidden,
                "Only an operator of this server can do this.",
            )),
        }
    }
}

impl Actor {
    /// Somebody in a browser that is signed in; `entered`: as operator, not as a member.
    pub fn by_session(
        user: UserId,
        name: &str,
        session: AuthSessionId,
        entered: bool,
        origin: Origin,
    ) -> Self {
        Self {
            who: AuditActor {
                user_id: Some(user),
                name: name.to_owned(),
                via: match entered {
                    true => Via::Operator,
                    false => Via::Session,
                },
            },
            origin: Some(origin),
            session: Some(session),
            token_name: None,
        }
    }

    fn of(access: &Access, origin: Origin) -> Self {
        let (via, session, token_name) = match &access.through {
            Through::Session { id, entered: true } => (Via::Operator, Some(*id), None),
            Through::Session { id, entered: false } => (Via::Session, Some(*id), None),
            Through::ApiToken { name, .. } => (Via::ApiToken, None, Some(name.clone())),
        };
        Self {
            who: AuditActor {
                user_id: Some(access.scope.user.id),
                name: access.scope.user.name.clone(),
                via,
            },
            origin: Some(origin),
            session,
            token_name,
        }
    }

    /// Somebody who proved themself with a link or a password, before they were signed in.
    pub fn by_link(user: UserId, name: &str, origin: Origin) -> Self {
        Self {
            who: AuditActor {
                user_id: Some(user),
                name: name.to_owned(),
                via: Via::Link,
            },
            origin: Some(origin),
            session: None,
            token_name: None,
        }
    }

    /// Deskbell itself, in the background.
    pub fn system() -> Self {
        Self {
            who: AuditActor {
                user_id: None,
                name: "Deskbell".to_owned(),
                via: Via::System,
            },
            origin: None,
            session: None,
            token_name: None,
        }
    }

    /// Somebody of whom nothing is known but where they are.
    pub fn unknown(origin: Origin) -> Self {
        Self {
            who: AuditActor {
                user_id: None,
                name: String::new(),
                via: Via::Unknown,
            },
            origin: Some(origin),
            session: None,
            token_name: None,
        }
    }
}

/// Who asks: a program with a bearer token, or a page of ours with the cookie.
async fn somebody(parts: &Parts, app: &App) -> AppResult<(Access, Origin)> {
    let token = match bearer(&parts.headers) {
        Some(token) => token,
        None => {
            refuse_foreign_writes(&parts.method, &parts.headers)?;
            cookies::read(&parts.headers, &app.config, cookies::ACCESS)
                .ok_or_else(AppError::unauthenticated)?
        }
    };
    let origin = Origin::of(parts, app);
    let (proof, _) = proof::read(app, &token)?;
    let access = proof::access(app, &proof, Some(&origin)).await?;
    Ok((access, origin))
}

fn allow<P: Permission>(access: &Access) -> AppResult<()> {
    let own = P::OWN && matches!(access.through, Through::Session { .. });
    proof::refuse_suspended(access.suspended && !own)?;
    if !access.scope.role.reaches(P::ROLE) {
        let message = match P::ROLE {
            Role::Owner => "Only an owner of this workspace can do this.",
            Role::Admin => "Only an admin or an owner of this workspace can do this.",
            _ => "Only a member of this workspace can do this.",
        };
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    let Through::ApiToken { scopes, .. } = &access.through else {
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

/// How somebody sees themself named.
pub fn me(access: &Access) -> Me {
    let entered = matches!(access.through, Through::Session { entered: true, .. });
    Me {
        user_id: access.scope.user.id,
        name: access.scope.user.name.clone(),
        email: access.email.clone(),
        avatar_url: access.avatar_id.as_deref().map(avatars::url),
        workspace: Membership {
            id: access.scope.workspace_id,
            name: access.workspace_name.clone(),
            role: access.scope.role,
            suspended: access.suspended,
            suspended_for: access.suspended_for.clone(),
        },
        workspaces: Vec::new(),
        is_operator: access.is_operator,
        entered,
        permissions: Permissions::of(access.scope.role, entered),
    }
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
