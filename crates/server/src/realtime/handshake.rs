//! From an open socket to a known principal.

use std::time::Duration;

use deskbell_protocol::{CloseCode, Command, ErrorBody, ErrorCode, Event, UnixMs, limits};
use tokio::time::Instant;

use crate::app::{App, encode, encode_reply};
use crate::auth::agent::access_agent;
use crate::auth::scope::Scope;
use crate::auth::token::TokenError;
use crate::clock;
use crate::domain::visitors;
use crate::error::AppError;
use crate::realtime::connection::Connection;
use crate::realtime::parse::Incoming;

/// Somebody has said hello.
pub(super) struct Hello {
    /// The number to answer under.
    pub(super) id: u32,
    /// Who.
    pub(super) scope: Scope,
    /// When the time of their token is over: what it said must be proven anew then.
    pub(super) expires: Instant,
    /// The protocol level that both speak.
    pub(super) level: u16,
    /// Agent: has chosen to be away.
    pub(super) away: bool,
}

/// Waits for `hello` and finds out who says it. `Err`: the connection has been told why it is
/// closed with this code, `None` if it is gone.
pub(super) async fn greet(
    app: &App,
    connection: &mut Connection,
    credential: Option<String>,
) -> Result<Hello, Option<CloseCode>> {
    let patience = Duration::from_millis(limits::HELLO_TIMEOUT_MS.into());
    let first = async {
        loop {
            match connection.receive().await {
                Incoming::Noise => continue,
                incoming => return incoming,
            }
        }
    };
    let Ok(incoming) = tokio::time::timeout(patience, first).await else {
        return Err(Some(CloseCode::HelloTimeout));
    };
    let frame = match incoming {
        Incoming::Frame(frame) => frame,
        Incoming::NotUnderstood { .. } => {
            let error = ErrorBody::new(ErrorCode::BadRequest, "The first frame must be hello.");
            let _ = connection.send(encode(Event::Error { error })).await;
            return Err(Some(CloseCode::Protocol));
        }
        Incoming::TooLarge => return Err(Some(CloseCode::TooLarge)),
        Incoming::Noise | Incoming::Gone => return Err(None),
    };
    let Command::Hello { level, token } = frame.command else {
        let error = ErrorBody::new(ErrorCode::NotReady, "Say hello first.");
        let _ = connection
            .send(encode_reply(frame.id, Event::Error { error }))
            .await;
        return Err(Some(CloseCode::Protocol));
    };
    match identify(app, token.or(credential)).await {
        Ok(somebody) => Ok(Hello {
            id: frame.id,
            scope: somebody.scope,
            expires: Instant::now() + until(somebody.expires_at),
            level: level.min(deskbell_protocol::LEVEL),
            away: somebody.away,
        }),
        Err(error) => {
            error.log();
            let code = match error.body.code {
                ErrorCode::TokenExpired => CloseCode::TokenExpired,
                ErrorCode::Unauthenticated => CloseCode::Unauthenticated,
                ErrorCode::Forbidden => CloseCode::Forbidden,
                _ => CloseCode::Internal,
            };
            let _ = connection
                .send(encode_reply(frame.id, Event::Error { error: error.body }))
                .await;
            Err(Some(code))
        }
    }
}

/// Whom a token names.
struct Somebody {
    scope: Scope,
    expires_at: UnixMs,
    away: bool,
}

/// A token is either an agent's or a visitor's; its audience says which.
async fn identify(app: &App, token: Option<String>) -> Result<Somebody, AppError> {
    let token = token.ok_or_else(AppError::unauthenticated)?;
    match app.tokens.read_visitor(&token) {
        Ok(claims) => {
            let visitor = visitors::access_visitor(app, &claims).await?;
            return Ok(Somebody {
                scope: Scope::Visitor(visitor),
                expires_at: claims.expires_at(),
                away: false,
            });
        }
        Err(TokenError::Expired) => return Err(TokenError::Expired.into()),
        Err(TokenError::Invalid) => {}
    }
    let claims = app.tokens.read_agent(&token)?;
    let agent = access_agent(app, &claims).await?;
    if !agent.scope.role.is_member() {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "This role does not answer conversations.",
        ));
    }
    Ok(Somebody {
        scope: Scope::Agent(agent.scope),
        expires_at: claims.expires_at(),
        away: agent.away,
    })
}

fn until(time: UnixMs) -> Duration {
    Duration::from_millis(u64::try_from(time - clock::now()).unwrap_or_default())
}
