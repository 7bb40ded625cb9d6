//! Every route, grouped by who calls it.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use deskbell_protocol::{ErrorCode, limits};
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::limits::address::Address;
use crate::realtime::{poll, socket};
use crate::routes::{auth, conversations, files, health, setup, visitors};
use crate::{pages, security};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// No request takes this long; sockets are counted from their upgrade on.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The whole application.
pub fn router(app: App) -> Router {
    let public = Router::new()
        .route("/", get(pages::home))
        .route("/demo", get(pages::demo))
        .route("/setup", get(pages::setup_form).post(pages::setup_submit));

    let visitor = Router::new()
        .route("/deskbell.js", get(files::loader))
        .route("/widget/frame", get(files::frame))
        .route("/api/v1/visitors", post(visitors::create));

    let agent = Router::new()
        .route("/app", get(files::dashboard))
        .route("/app/{*path}", get(files::dashboard))
        .route("/api/v1/auth/register", post(auth::register))
        .route("/api/v1/auth/sign-in", post(auth::sign_in))
        .route("/api/v1/auth/refresh", post(auth::refresh))
        .route("/api/v1/auth/sign-out", post(auth::sign_out))
        .route("/api/v1/me", get(auth::me))
        .route("/api/v1/conversations", get(conversations::list));

    let both = Router::new()
        .route("/api/v1/socket", get(socket::upgrade))
        .route("/api/v1/poll", post(poll::poll))
        .route("/assets/{file}", get(files::asset));

    let owner = Router::new().route("/api/v1/setup", get(setup::state).post(setup::create));

    let ops = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz));

    Router::new()
        .merge(public)
        .merge(visitor)
        .merge(agent)
        .merge(both)
        .merge(owner)
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(app.clone(), limit))
        .merge(ops)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            security::headers,
        ))
        .layer(timeout())
        // One line an answer. What broke is told by the error itself, in the same span.
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                .on_failure(()),
        )
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .with_state(app)
}

/// A request in the log: its id, method and path; never its query, which may hold what is private.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or("-");
    tracing::info_span!("request", id = %id.escape_debug(), method = %request.method(), path = %request.uri().path())
}

/// Cuts off whoever does not finish a request.
pub fn timeout() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT)
}

/// Refuses what is more than one address may ask for.
async fn limit(
    State(app): State<App>,
    from: Address,
    request: Request,
    next: Next,
) -> AppResult<Response> {
    app.limits.request(from)?;
    Ok(next.run(request).await)
}

async fn not_found() -> AppError {
    AppError::new(ErrorCode::NotFound, "There is nothing at this address.")
}
