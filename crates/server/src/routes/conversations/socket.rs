//! `GET /api/v1/socket`: the upgrade to a WebSocket.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use deskbell_base::error::AppError;
use deskbell_base::limits::memory::ReadMeter;
use deskbell_protocol::{ErrorCode, limits};

use crate::app::App;
use crate::auth::cookies;
use crate::auth::member::bearer;
use crate::auth::same_origin::is_same_origin;
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::realtime::connection::{Connection, Socket};
use crate::realtime::session::{self, ConnectRequest};

/// Frames slightly above the limit are read, so that they are answered with an error; larger ones
/// break the connection.
const READ_LIMIT: usize = limits::FRAME_BYTES + 16 * 1024;
/// The maximum number of bytes in a socket's write buffer.
const WRITE_LIMIT: usize = 512 * 1024;
/// tungstenite reserves 128 KiB per socket by default; ours are mostly idle, and frames of clients
/// are short. The buffer grows for longer ones, and stays at twice this size after hello.
const READ_BUFFER: usize = 512;
/// Queued frames are sent when they reach this size, or when nothing else is queued.
const WRITE_BUFFER: usize = 16 * 1024;

pub async fn upgrade(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    headers: HeaderMap,
    meter: Option<Extension<Arc<ReadMeter>>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    if !is_same_origin(&app.config, &headers) {
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
        permit: app.core.limits.session(from)?,
        from,
    };
    let upgrade = upgrade
        .max_message_size(READ_LIMIT)
        .max_frame_size(READ_LIMIT)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_LIMIT);
    Ok(upgrade.on_upgrade(async move |socket| {
        // A task of its own, because the task of the upgrade would stay larger than a session needs.
        let meter = meter.map(|Extension(meter)| meter);
        let socket = Socket::new(socket, meter, &request.permit.account);
        let connection = Connection::Socket(Box::new(socket));
        let session = session::run(app.realtime.clone(), connection, request);
        app.realtime.sessions.spawn(session);
    }))
}
