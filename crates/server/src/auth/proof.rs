//! What a connection proves of whoever is at its other end, and how that is proven again.
//!
//! A token says who; the database says what they may do, each time. A request proves it once. A
//! socket proves it when it opens and whenever something about its person may have changed: then
//! the hub says [`deskbell_hub::Delivery::ProveAgain`].

use std::time::Duration;

use deskbell_protocol::api::tokens::TokenScope;
use deskbell_protocol::api::workspace::LimitName;
use deskbell_protocol::{AuthSessionId, ErrorCode, SiteId, UnixMs, UserId, VisitorId, WorkspaceId};
use deskbell_store::limits::Own;
use deskbell_store::sessions::Signed;
use deskbell_store::{WorkspaceScope, api_tokens, limits, sessions};

use crate::app::App;
use crate::auth::origin::Origin;
use crate::auth::scope::Scope;
use crate::auth::token::{self, API_TOKEN_PREFIX, TokenError};
use crate::clock;
use crate::domain::blocks;
use crate::error::{AppError, AppResult};
use crate::limits::address::Address;

/// When a session or a token was used is written down no more often.
const USED_EVERY: Duration = Duration::from_secs(60);

/// What a token says, once its signature has been checked.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A visitor of a site, by a token of this generation.
    Visitor {
        visitor: VisitorId,
        site: SiteId,
        generation: i64,
    },
    /// A browser that is signed in.
    Session {
        session: AuthSessionId,
        user: UserId,
        workspace: WorkspaceId,
    },
    /// A program's token, as its hash.
    ApiToken { hash: String },
}

/// A member, as the database has them now.
#[derive(Clone, Debug)]
pub struct Access {
    pub scope: WorkspaceScope,
    pub email: String,
    /// Of their picture.
    pub avatar_id: Option<String>,
    pub workspace_name: String,
    /// Nobody works in it, but whoever has entered as operator.
    pub suspended: bool,
    /// Why; empty if it is not.
    pub suspended_for: String,
    /// Runs the platform.
    pub is_operator: bool,
    /// Has chosen to be away.
    pub away: bool,
    pub through: Through,
}

/// How a member is here.
#[derive(Clone, Debug)]
pub enum Through {
    /// Signed in with a browser; `entered`: as operator of the platform, not as a member.
    Session { id: AuthSessionId, entered: bool },
    /// By a program that holds a token of theirs.
    ApiToken {
        name: String,
        scopes: Vec<TokenScope>,
        expires_at: Option<UnixMs>,
    },
}

/// Somebody whom a proof names.
#[derive(Clone, Debug)]
pub struct Somebody {
    pub scope: Scope,
    /// How many sockets their workspace may have, where that is not what the settings say.
    pub own_seats: Option<Own>,
    /// Has chosen to be away.
    pub away: bool,
    /// May read and follow, and nothing else.
    pub reads_only: bool,
    /// When the database ends what they prove themselves with.
    pub ends_at: Option<UnixMs>,
}

/// Reads a token of any kind. With it: when its time is over, `None` for those that the database
/// ends.
pub fn read(app: &App, token: &str) -> Result<(Proof, Option<UnixMs>), TokenError> {
    if token.starts_with(API_TOKEN_PREFIX) {
        let hash = token::hash(token);
        return Ok((Proof::ApiToken { hash }, None));
    }
    match app.tokens.read_visitor(token) {
        Ok(claims) => {
            let proof = Proof::Visitor {
                visitor: claims.sub,
                site: claims.site,
                generation: claims.generation,
            };
            Ok((proof, Some(claims.expires_at())))
        }
        Err(TokenError::Expired) => Err(TokenError::Expired),
        Err(TokenError::Invalid) => {
            let claims = app.tokens.read_agent(token)?;
            let proof = Proof::Session {
                session: claims.session,
                user: claims.sub,
                workspace: claims.workspace,
            };
            Ok((proof, Some(claims.expires_at())))
        }
    }
}

/// Whom the proof names, as the database has them now.
pub async fn prove(app: &App, proof: &Proof, from: Address) -> AppResult<Somebody> {
    app.platform.refuse(from)?;
    if let Proof::Visitor {
        visitor,
        site,
        generation,
    } = proof
    {
        app.maintenance.admit(false)?;
        let visit = app.arrivals.find_visit(*site, *visitor).await?;
        let visit = visit
            .filter(|visit| visit.token_generation <= *generation)
            .ok_or_else(AppError::unauthenticated)?;
        refuse_suspended(visit.workspace_suspended)?;
        let mut scope = visit.scope;
        scope.address = from.kept(visit.ip_mode);
        if visit.blocks_exist {
            blocks::refuse_blocked(app, &scope, from).await?;
        }
        return Ok(Somebody {
            scope: Scope::Visitor(scope),
            own_seats: visit.own_seats,
            away: false,
            reads_only: false,
            ends_at: None,
        });
    }
    let access = access(app, proof, None).await?;
    refuse_suspended(access.suspended)?;
    let may = |scope| match &access.through {
        Through::Session { .. } => true,
        Through::ApiToken { scopes, .. } => scopes.contains(&scope),
    };
    let ends_at = match access.through {
        Through::Session { .. } => None,
        Through::ApiToken { expires_at, .. } => expires_at,
    };
    if !access.scope.role.is_member() || !may(TokenScope::ReadConversations) {
        let message = "Your role or token doesn't allow access to conversations.";
        return Err(AppError::new(ErrorCode::Forbidden, message));
    }
    let mut reader = app.store.read().await?;
    let workspace_id = access.scope.workspace_id;
    let own_seats = limits::find_own(&mut reader, workspace_id, LimitName::Sockets).await?;
    drop(reader);
    Ok(Somebody {
        own_seats,
        away: access.away,
        reads_only: !may(TokenScope::WriteConversations),
        ends_at,
        scope: Scope::Agent(access.scope),
    })
}

/// The member whom the proof names; whether their workspace is suspended is for the caller to ask.
/// `from`: to be written down as the last use.
pub async fn access(app: &App, proof: &Proof, from: Option<&Origin>) -> AppResult<Access> {
    match proof {
        Proof::Visitor { .. } => Err(AppError::unauthenticated()),
        Proof::Session {
            session,
            user,
            workspace,
        } => {
            let now = clock::now();
            let mut reader = app.store.read().await?;
            let signed = sessions::find_signed(&mut reader, *session, *user, *workspace, now)
                .await?
                .ok_or_else(AppError::unauthenticated)?;
            drop(reader);
            app.maintenance.admit(signed.is_operator)?;
            if let Some(from) = from
                && is_long_ago(Some(signed.last_used_at))
            {
                let mut tx = app.begin().await?;
                sessions::set_used(&mut tx, *session, &from.address()).await?;
                tx.commit().await?;
            }
            Ok(Access::signed(*session, signed))
        }
        Proof::ApiToken { hash } => {
            let mut reader = app.store.read().await?;
            let bearer = api_tokens::find_bearer(&mut reader, hash, clock::now())
                .await?
                .ok_or_else(AppError::unauthenticated)?;
            drop(reader);
            app.maintenance.admit(false)?;
            if let Some(from) = from
                && is_long_ago(bearer.last_used_at)
            {
                let mut tx = app.begin().await?;
                api_tokens::set_used(&mut tx, bearer.id, &from.address()).await?;
                tx.commit().await?;
            }
            Ok(Access {
                scope: bearer.scope,
                email: bearer.email,
                avatar_id: bearer.avatar_id,
                workspace_name: bearer.workspace_name,
                suspended: bearer.workspace_suspended,
                suspended_for: String::new(),
                is_operator: false,
                away: true,
                through: Through::ApiToken {
                    name: bearer.name,
                    scopes: bearer.scopes,
                    expires_at: bearer.expires_at,
                },
            })
        }
    }
}

impl Access {
    fn signed(id: AuthSessionId, signed: Signed) -> Self {
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
            through: Through::Session {
                id,
                entered: signed.entered,
            },
        }
    }
}

pub fn refuse_suspended(suspended: bool) -> AppResult<()> {
    if suspended {
        let message = "This workspace is suspended. Contact your administrator.";
        return Err(AppError::new(ErrorCode::WorkspaceSuspended, message));
    }
    Ok(())
}

fn is_long_ago(last_used_at: Option<UnixMs>) -> bool {
    let every = i64::try_from(USED_EVERY.as_millis()).unwrap_or(i64::MAX);
    last_used_at.is_none_or(|at| at < clock::now() - every)
}
