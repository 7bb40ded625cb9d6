//! `GET /api/v1/socket`: the upgrade to a WebSocket.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use deskbell_base::error::AppError;
use deskbell_base::limits::memory::ReadMeter;
use deskbell_protocol::{ErrorCode, limits};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

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
/// The maximum number of bytes in a socket's write buffer: queued frames and one fragment more.
const WRITE_LIMIT: usize = 64 * 1024;
/// tungstenite reserves 128 KiB per socket by default; ours are mostly idle, and frames of clients
/// are short. The buffer grows for longer ones, and stays at twice this size after hello.
const READ_BUFFER: usize = 512;
/// Queued frames are sent when they reach this size, or when nothing else is queued.
const WRITE_BUFFER: usize = 16 * 1024;

/// Upgrades the request to a WebSocket and starts its session. axum's own upgrade is not used, because its
/// WebSocket sends whole messages only, and long ones are sent in fragments.
pub async fn upgrade(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    headers: HeaderMap,
    meter: Option<Extension<Arc<ReadMeter>>>,
    mut request: Request,
) -> ApiResult<Response> {
    if !is_same_origin(&app.config, &headers) {
        return Err(ApiError::new(
            ErrorCode::OriginNotAllowed,
            "Only Deskbell's own pages can open this socket.",
        ));
    }
    let response = create_response_with_body(&request, Body::empty)
        .map_err(|error| websockets_only(&error.to_string()))?;
    let upgraded = request
        .extensions_mut()
        .remove::<OnUpgrade>()
        .ok_or_else(|| websockets_only("the connection cannot be upgraded"))?;
    let connect = ConnectRequest {
        credential: bearer(&headers)
            .or_else(|| cookies::read(&headers, &app.config, cookies::ACCESS)),
        permit: app.core.limits.session(from)?,
        from,
    };
    tokio::spawn(async move {
        // A client that is gone before the upgrade needs no session.
        let Ok(upgraded) = upgraded.await else { return };
        let stream = TokioIo::new(upgraded);
        let stream = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config())).await;
        let meter = meter.map(|Extension(meter)| meter);
        let socket = Socket::new(stream, meter, &connect.permit.account);
        let connection = Connection::Socket(Box::new(socket));
        // A task of its own, because the task of the upgrade would stay larger than a session needs.
        let session = session::run(app.realtime.clone(), connection, connect);
        app.realtime.sessions.spawn(session);
    });
    Ok(response)
}

fn websockets_only(reason: &str) -> AppError {
    let message = format!("This address opens WebSockets only: {reason}");
    AppError::new(ErrorCode::BadRequest, message)
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(Some(READ_LIMIT))
        .max_frame_size(Some(READ_LIMIT))
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_LIMIT)
}
