//! Authentication: parses a token and loads its principal from the database.
//!
//! A token identifies; the permissions are read from the database each time. A request is
//! authenticated once, a socket when it opens and whenever its principal may have changed.

use std::time::Duration;

use deskbell_base::actor::Actor;
use deskbell_base::client_address::ClientAddress;
use deskbell_base::client_info::ClientInfo;
use deskbell_base::clock;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::scope::Scope;
use deskbell_base::secrets::token::{self, API_TOKEN_PREFIX, TokenError};
use deskbell_protocol::api::platform::audit::{AuditActor, Via};
use deskbell_protocol::api::workspace::LimitName;
use deskbell_protocol::api::workspace::tokens::TokenScope;
use deskbell_protocol::{ErrorCode, SessionId, SiteId, UnixMs, UserId, VisitorId, WorkspaceId};
use deskbell_store::WorkspaceScope;
use deskbell_store::identity::sessions::{self, SessionIdentity};
use deskbell_store::visitors::Visit;
use deskbell_store::workspace::api_tokens;
use deskbell_store::workspace::limits::{self, LimitOverride};

use crate::core::Core;
use crate::workspace::blocks;

/// The interval at which the last use of a session or token is saved.
const USED_EVERY: Duration = Duration::from_secs(60);

/// A credential: the content of a token whose signature is valid.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A visitor of a site, by a token of this generation.
    Visitor {
        visitor: VisitorId,
        site: SiteId,
        generation: i64,
    },
    /// The session of a signed-in browser.
    Session {
        session: SessionId,
        user: UserId,
        workspace: WorkspaceId,
    },
    /// An API token, as its hash.
    ApiToken { hash: String },
}

/// A member with their current rights, from the database.
#[derive(Clone, Debug)]
pub struct MemberAccess {
    pub scope: WorkspaceScope,
    pub email: String,
    /// The id of their picture.
    pub avatar_id: Option<String>,
    pub workspace_name: String,
    /// Whether the workspace is suspended: only operators who have entered it can work in it.
    pub suspended: bool,
    /// The reason of the suspension; empty if there is none.
    pub suspended_for: String,
    /// Whether the user is an operator of the platform.
    pub is_operator: bool,
    /// Whether the user has chosen to be away.
    pub away: bool,
    pub method: AuthMethod,
}

/// The authentication method of a member.
#[derive(Clone, Debug)]
pub enum AuthMethod {
    /// The session of a browser; `entered`: as operator of the platform, not as a member.
    Session { id: SessionId, entered: bool },
    /// An API token of the member.
    ApiToken {
        name: String,
        scopes: Vec<TokenScope>,
        expires_at: Option<UnixMs>,
    },
}

/// The authenticated principal of a socket.
#[derive(Clone, Debug)]
pub struct SocketPrincipal {
    pub scope: Scope,
    /// The connection limit of the workspace, if it has one of its own.
    pub own_connection_limit: Option<LimitOverride>,
    /// Whether the principal has chosen to be away.
    pub away: bool,
    /// Whether the principal can only read and subscribe.
    pub reads_only: bool,
    /// When the credential expires, if the database decides that.
    pub ends_at: Option<UnixMs>,
}

/// Whether this is the text of an API token.
pub fn is_api_token(token: &str) -> bool {
    token.starts_with(API_TOKEN_PREFIX)
}

/// Parses a token of any kind. Returns the credential and its expiry, `None` if the database
/// decides that.
pub fn read(core: &Core, token: &str) -> Result<(Credential, Option<UnixMs>), TokenError> {
    if is_api_token(token) {
        let hash = token::hash(token);
        return Ok((Credential::ApiToken { hash }, None));
    }
    match core.signer.read_visitor(token) {
        Ok(claims) => {
            let credential = Credential::Visitor {
                visitor: claims.sub,
                site: claims.site,
                generation: claims.generation,
            };
            Ok((credential, Some(claims.expires_at())))
        }
        Err(TokenError::Expired) => Err(TokenError::Expired),
        Err(TokenError::Invalid) => {
            let claims = core.signer.read_agent(token)?;
            let credential = Credential::Session {
                session: claims.session,
                user: claims.sub,
                workspace: claims.workspace,
            };
            Ok((credential, Some(claims.expires_at())))
        }
    }
}

/// Authenticates the visitor of a token of this generation. `visit`: the visitor's state in the
/// database, if there is one.
pub async fn visitor(
    core: &Core,
    visit: Option<Visit>,
    generation: i64,
    from: ClientAddress,
) -> AppResult<SocketPrincipal> {
    let visit = visit
        .filter(|visit| visit.token_generation <= generation)
        .ok_or_else(AppError::unauthenticated)?;
    refuse_suspended(visit.workspace_suspended)?;
    let mut scope = visit.scope;
    scope.address = from.kept(visit.ip_mode);
    if visit.blocks_exist {
        blocks::refuse_blocked(core, &scope, from).await?;
    }
    Ok(SocketPrincipal {
        scope: Scope::Visitor(scope),
        own_connection_limit: visit.own_connection_limit,
        away: false,
        reads_only: false,
        ends_at: None,
    })
}

/// Authenticates a member or an API token for a socket.
pub async fn agent(core: &Core, credential: &Credential) -> AppResult<SocketPrincipal> {
    let access = member(core, credential, None).await?;
    refuse_suspended(access.suspended)?;
    let may = |scope| match &access.method {
        AuthMethod::Session { .. } => true,
        AuthMethod::ApiToken { scopes, .. } => scopes.contains(&scope),
    };
    let ends_at = match access.method {
        AuthMethod::Session { .. } => None,
        AuthMethod::ApiToken { expires_at, .. } => expires_at,
    };
    if !access.scope.role.is_member() || !may(TokenScope::ReadConversations) {
        let message = "Your role or token doesn't allow access to conversations.";
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    let mut reader = core.db.read().await?;
    let workspace_id = access.scope.workspace_id;
    let own_connection_limit =
        limits::find_override(&mut reader, workspace_id, LimitName::Sockets).await?;
    drop(reader);
    Ok(SocketPrincipal {
        own_connection_limit,
        away: access.away,
        reads_only: !may(TokenScope::WriteConversations),
        ends_at,
        scope: Scope::Agent(access.scope),
    })
}

/// Loads the member of a credential. The caller checks whether the workspace is suspended. `from`:
/// the client to save as the last use.
pub async fn member(
    core: &Core,
    credential: &Credential,
    from: Option<&ClientInfo>,
) -> AppResult<MemberAccess> {
    match credential {
        Credential::Visitor { .. } => Err(AppError::unauthenticated()),
        Credential::Session {
            session,
            user,
            workspace,
        } => {
            let now = clock::now();
            let mut reader = core.db.read().await?;
            let signed =
                sessions::find_session_identity(&mut reader, *session, *user, *workspace, now)
                    .await?
                    .ok_or_else(AppError::unauthenticated)?;
            drop(reader);
            core.maintenance.admit(signed.is_operator)?;
            if let Some(from) = from
                && is_long_ago(Some(signed.last_used_at))
            {
                let mut tx = core.begin().await?;
                sessions::set_used(&mut tx, *session, &from.address()).await?;
                tx.commit().await?;
            }
            Ok(MemberAccess::signed(*session, signed))
        }
        Credential::ApiToken { hash } => {
            let mut reader = core.db.read().await?;
            let bearer = api_tokens::find_token_identity(&mut reader, hash)
                .await?
                .ok_or_else(AppError::unauthenticated)?;
            drop(reader);
            if bearer.expires_at.is_some_and(|at| at <= clock::now()) {
                let message = "This API token has expired. Create a new one.";
                return Err(AppError::new(ErrorCode::TokenExpired, message));
            }
            core.maintenance.admit(false)?;
            if let Some(from) = from
                && is_long_ago(bearer.last_used_at)
            {
                let mut tx = core.begin().await?;
                api_tokens::set_used(&mut tx, bearer.id, &from.address()).await?;
                tx.commit().await?;
            }
            Ok(MemberAccess {
                scope: bearer.scope,
                email: bearer.email,
                avatar_id: bearer.avatar_id,
                workspace_name: bearer.workspace_name,
                suspended: bearer.workspace_suspended,
                suspended_for: String::new(),
                is_operator: false,
                away: true,
                method: AuthMethod::ApiToken {
                    name: bearer.name,
                    scopes: bearer.scopes,
                    expires_at: bearer.expires_at,
                },
            })
        }
    }
}

impl MemberAccess {
    /// The actor of changes, for the audit log.
    pub fn actor(&self, client: ClientInfo) -> Actor {
        let (via, session, token_name) = match &self.method {
            AuthMethod::Session { id, entered: true } => (Via::Operator, Some(*id), None),
            AuthMethod::Session { id, entered: false } => (Via::Session, Some(*id), None),
            AuthMethod::ApiToken { name, .. } => (Via::ApiToken, None, Some(name.clone())),
        };
        Actor {
            who: AuditActor {
                user_id: Some(self.scope.user.id),
                name: self.scope.user.name.clone(),
                via,
            },
            origin: Some(client),
            session,
            token_name,
        }
    }

    fn signed(id: SessionId, signed: SessionIdentity) -> Self {
        let suspended = signed.workspace_suspended && !signed.entered;
        Self {
            scope: signed.scope,
            email: signed.email,
            avatar_id: signed.avatar_id,
            workspace_name: signed.workspace_name,
            suspended,
            suspended_for: match suspended {
                true => signed.workspace_suspended_for,
                false => String::new(),
            },
            is_operator: signed.is_operator,
            away: signed.away,
            method: AuthMethod::Session {
                id,
                entered: signed.entered,
            },
        }
    }
}

pub fn refuse_suspended(suspended: bool) -> AppResult<()> {
    if suspended {
        let message = "This workspace is suspended. Ask the operator of this server.";
        return Err(AppError::new(ErrorCode::WorkspaceSuspended, message));
    }
    Ok(())
}

fn is_long_ago(last_used_at: Option<UnixMs>) -> bool {
    let every = i64::try_from(USED_EVERY.as_millis()).unwrap_or(i64::MAX);
    last_used_at.is_none_or(|at| at < clock::now() - every)
}
