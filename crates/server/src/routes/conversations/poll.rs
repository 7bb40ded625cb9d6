//! `/api/v1/poll`: a session over HTTP long polling.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use deskbell_protocol::api::conversations::poll::{Poll, Polled};
use deskbell_protocol::{ErrorBody, ErrorCode, limits};

use crate::app::App;
use crate::auth::cookies;
use crate::auth::member::{bearer, refuse_foreign_writes};
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::extract::Body;
use crate::openapi::refusals::Refusals;
use crate::realtime::poll::{self, PollBody};
use crate::realtime::session::ConnectRequest;

/// Exchanges the frames of the socket over plain HTTP, for networks without WebSockets.
#[utoipa::path(
    post, path = "/api/v1/poll", tag = "conversations", request_body = Poll,
    responses((status = 200, body = Polled), (status = 404, body = ErrorBody, description = "The session has ended"), (status = 409, body = ErrorBody, description = "Another request waits in this session"), Refusals),
    security((), ("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn poll(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    headers: HeaderMap,
    Body(body): Body<PollBody>,
) -> ApiResult<Response> {
    refuse_foreign_writes(&app.config, &Method::POST, &headers)?;
    if body.frames.len() > limits::POLL_FRAMES {
        let message = format!("At most {} frames go in one poll.", limits::POLL_FRAMES);
        return Err(ApiError::new(ErrorCode::TooLarge, message));
    }
    let body = body.without_node_fields();
    let json = match body.session.clone() {
        Some(session) => {
            let account = app.core.limits.memory(from);
            poll::resume(&app.realtime, &session, body, &account).await?
        }
        None => {
            let polling = app.core.limits.polling_session(from)?;
            let request = ConnectRequest {
                credential: bearer(&headers)
                    .or_else(|| cookies::read(&headers, &app.config, cookies::ACCESS)),
                permit: app.core.limits.session(from)?,
                from,
            };
            poll::start(&app.realtime, request, polling, body).await?
        }
    };
    Ok(([(CONTENT_TYPE, "application/json")], json).into_response())
}
