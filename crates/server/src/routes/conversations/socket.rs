//! `GET /api/v1/socket`: the upgrade to a WebSocket.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use deskbell_domain::error::AppError;
use deskbell_protocol::{ErrorCode, limits};

use crate::app::App;
use crate::auth::cookies;
use crate::auth::member::bearer;
use crate::auth::same_origin::is_same_origin;
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::realtime::connection::Connection;
use crate::realtime::session::{self, ConnectRequest};

/// Frames up to twice our limit are read, so that the client can be told; larger ones break the
/// connection.
const READ_LIMIT: usize = 2 * limits::FRAME_BYTES;
/// tungstenite reserves 128 KiB a socket by itself; ours are mostly idle, and what clients say is
/// mostly short. It grows with what is longer, and keeps twice this from the hello on.
const READ_BUFFER: usize = 512;
/// What is queued goes out when it is this much, or when nothing else waits.
const WRITE_BUFFER: usize = 16 * 1024;

pub async fn upgrade(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    if !is_same_origin(&headers) {
        return Err(ApiError::new(
            ErrorCode::OriginNotAllowed,
            "Only Deskbell's own pages can open this socket.",
        ));
    }
    let upgrade = upgrade.map_err(|refused| {
        let message = format!(
            "This address opens WebSockets only: {}",
            refused.body_text()
        );
        AppError::new(ErrorCode::BadRequest, message)
    })?;
    let request = ConnectRequest {
        credential: bearer(&headers)
            .or_else(|| cookies::read(&headers, &app.config, cookies::ACCESS)),
        permit: app.core.limits.open(from)?,
        from,
    };
    let upgrade = upgrade
        .max_message_size(READ_LIMIT)
        .max_frame_size(READ_LIMIT)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(16 * limits::FRAME_BYTES);
    Ok(upgrade.on_upgrade(async move |socket| {
        // In a task of its own: the one of the upgrade is larger than a session, all its life.
        let connection = Connection::Socket(Box::new(socket));
        tokio::spawn(session::run(app.realtime.clone(), connection, request));
    }))
}
