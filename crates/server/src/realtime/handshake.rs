//! The handshake: authenticates the client of an open connection.

use std::time::Duration;

use deskbell_base::client_address::ClientAddress;
use deskbell_base::clock;
use deskbell_base::error::AppError;
use deskbell_domain::identity::authentication::{self, Credential, SocketPrincipal};
use deskbell_protocol::{CloseCode, Command, ErrorBody, ErrorCode, Event, UnixMs, limits};
use tokio::time::Instant;

use crate::publish::{encode, encode_reply};
use crate::realtime::authenticate::authenticate;
use crate::realtime::connection::Connection;
use crate::realtime::parse::Incoming;
use crate::realtime::state::Realtime;
use crate::shutdown::shutdown_requested;

/// The result of `hello`.
pub(super) struct Hello {
    /// The number of the command, for the reply.
    pub(super) id: u32,
    /// The credential, which is authenticated again when its principal may have changed.
    pub(super) credential: Credential,
    /// The principal.
    pub(super) principal: SocketPrincipal,
    /// When the credential expires or must be checked again.
    pub(super) expires: Instant,
    /// The common protocol level.
    pub(super) level: u16,
}

/// Waits for `hello` and authenticates it. `Err`: the connection was closed with this code, or
/// `None` if the client is gone.
pub(super) async fn greet(
    realtime: &Realtime,
    connection: &mut Connection,
    credential: Option<String>,
    from: ClientAddress,
) -> Result<Hello, Option<CloseCode>> {
    let patience = Duration::from_millis(limits::HELLO_TIMEOUT_MS.into());
    let first = async {
        loop {
            match connection.receive().await {
                Incoming::ControlFrame => continue,
                incoming => return incoming,
            }
        }
    };
    let mut stopping = realtime.stopping.clone();
    let incoming = tokio::select! {
        biased;
        incoming = tokio::time::timeout(patience, first) => incoming,
        () = shutdown_requested(&mut stopping) => return Err(Some(CloseCode::Restart)),
    };
    let Ok(incoming) = incoming else {
        return Err(Some(CloseCode::HelloTimeout));
    };
    let frame = match incoming {
        Incoming::Frame(frame) => frame,
        Incoming::NotUnderstood { .. } => {
            let error = ErrorBody::new(ErrorCode::BadRequest, "The first frame must be hello.");
            let _ = connection.send(encode(Event::Error { error })).await;
            return Err(Some(CloseCode::Protocol));
        }
        Incoming::TooLarge => {
            let _ = connection.send(frame_too_large()).await;
            return Err(Some(CloseCode::TooLarge));
        }
        Incoming::ControlFrame | Incoming::Gone => return Err(None),
    };
    let Command::Hello { level, token } = frame.command else {
        let error = ErrorBody::new(ErrorCode::NotReady, "Send hello first.");
        let _ = connection
            .send(encode_reply(frame.id, Event::Error { error }))
            .await;
        return Err(Some(CloseCode::Protocol));
    };
    let token = token.or(credential);
    let is_api_token = token.as_deref().is_some_and(authentication::is_api_token);
    match identify(realtime, token, from).await {
        Ok((credential, principal, ends)) => Ok(Hello {
            id: frame.id,
            credential,
            principal,
            expires: Instant::now() + ends,
            level: level.min(deskbell_protocol::LEVEL),
        }),
        Err(error) => {
            error.log();
            let code = close_code(&error, is_api_token);
            let _ = connection
                .send(encode_reply(frame.id, Event::Error { error: error.body }))
                .await;
            Err(Some(code))
        }
    }
}

/// The error that precedes the close code of a frame above the limit.
pub(super) fn frame_too_large() -> String {
    let advice = format!(
        "A frame may have {} bytes, and a message {} characters.",
        limits::FRAME_BYTES,
        limits::TEXT_CHARS
    );
    let error = ErrorBody::new(ErrorCode::TooLarge, advice);
    encode(Event::Error { error })
}

/// The interval at which a token without an expiry is checked again.
const PROVE_EVERY: Duration = Duration::from_secs(15 * 60);

/// The time until the next check: the token's end in the database, if that is sooner.
pub(super) fn recheck_interval(ends_at: Option<UnixMs>) -> Duration {
    ends_at.map_or(PROVE_EVERY, |at| until(at).min(PROVE_EVERY))
}

async fn identify(
    realtime: &Realtime,
    token: Option<String>,
    from: ClientAddress,
) -> Result<(Credential, SocketPrincipal, Duration), AppError> {
    let token = token.ok_or_else(AppError::unauthenticated)?;
    let (credential, expires_at) = authentication::read(&realtime.core, &token)?;
    let principal = authenticate(realtime, &credential, from).await?;
    let ends = expires_at.map_or_else(|| recheck_interval(principal.ends_at), until);
    Ok((credential, principal, ends))
}

/// The close code for a refused client. A program can't renew its API token, so it must not reconnect
/// with it.
pub(super) fn close_code(error: &AppError, is_api_token: bool) -> CloseCode {
    match error.body.code {
        ErrorCode::TokenExpired if is_api_token => CloseCode::Unauthenticated,
        ErrorCode::TokenExpired => CloseCode::TokenExpired,
        ErrorCode::Unauthenticated => CloseCode::Unauthenticated,
        ErrorCode::Blocked => CloseCode::Blocked,
        ErrorCode::Forbidden | ErrorCode::WorkspaceSuspended => CloseCode::Forbidden,
        ErrorCode::Maintenance => CloseCode::Restart,
        _ => CloseCode::Internal,
    }
}

fn until(time: UnixMs) -> Duration {
    Duration::from_millis(u64::try_from(time - clock::now()).unwrap_or_default())
}
