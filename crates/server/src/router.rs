//! The router: every route, grouped by who calls it, and the middleware around them.

mod api;

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use deskbell_base::limits::too_much_memory;
use deskbell_protocol::{ErrorCode, limits};
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

use self::api::{Api, routes};
use crate::app::App;
use crate::auth::cookies;
use crate::auth::member::bearer;
use crate::body_charge::charge_body;
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::handles::Reserved;
use crate::openapi::description::Description;
use crate::request_id::{self, REQUEST_ID};
use crate::routes::conversations::{
    self, canned_responses, messages, notes, notifications, poll, socket,
};
use crate::routes::identity::{account, auth, avatars, recovery, setup};
use crate::routes::platform::{audit, health, operator, operator_blocks, operator_mail};
use crate::routes::workspace::business_hours::{sites as site_hours, teams as team_hours};
use crate::routes::workspace::{self, blocks, business_hours, invitations, members, teams, tokens};
use crate::routes::{files, sites, visitors};
use crate::{pages, security};

/// The timeout of a request. Sockets outlive it: for them it ends with the upgrade.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum length of a logged path, in characters.
const PATH_CHARS: usize = 200;

/// Builds the whole application.
pub fn router(app: App) -> Router {
    let public = Router::new()
        .route("/", get(pages::home))
        .route("/demo", get(pages::demo))
        .route("/api/docs", get(pages::api_docs))
        .route("/setup", get(pages::setup_form).post(pages::setup_submit))
        .route("/deskbell.js", get(files::loader))
        .route("/deskbell-panel.js", get(files::panel))
        .route("/deskbell-replies.js", get(files::replies))
        .route("/widget/frame", get(files::frame))
        .route("/widget/basic", get(files::basic_frame))
        .route("/assets/{file}", get(files::asset))
        .route("/avatars/{id}", get(avatars::get))
        .route("/app", get(files::dashboard))
        .route("/app/{*path}", get(files::dashboard))
        .route("/api/v1/openapi.json", get(files::openapi))
        .route("/api/v1/socket", get(socket::upgrade));
    let (api, ops) = (api().into_router(), ops().into_router());

    Router::new()
        .merge(public)
        .merge(api)
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), limit))
        .merge(ops.method_not_allowed_fallback(not_allowed))
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES))
        .layer(middleware::from_fn(request_timeout))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            pages::error_pages,
        ))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            security::headers,
        ))
        // One line per answer. The cause of an error is logged where it happens, in the same span.
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                .on_failure(()),
        )
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(middleware::map_request(request_id::drop_foreign))
        .with_state(app)
}

/// The routes of the HTTP API. Each handler declares its path, its bodies and its permission.
fn api() -> Api {
    let visitor = Api::new().routes(routes!(visitors::create));

    let anybody = Api::new()
        .routes(routes!(auth::register))
        .routes(routes!(auth::sign_in))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::sign_out))
        .routes(routes!(recovery::verify_email))
        .routes(routes!(recovery::send_verification))
        .routes(routes!(recovery::forgot_password))
        .routes(routes!(recovery::reset_password))
        .routes(routes!(recovery::confirm_email))
        .routes(routes!(invitations::find))
        .routes(routes!(invitations::accept))
        .routes(routes!(setup::state, setup::create))
        .routes(routes!(poll::poll));

    let agent = Api::new()
        .routes(routes!(auth::me, account::change_profile))
        .merge(
            Api::new()
                .routes(routes!(avatars::set, avatars::delete))
                .with_body_limit(limits::AVATAR_BYTES),
        )
        .routes(routes!(account::change_password))
        .routes(routes!(account::change_email))
        .routes(routes!(
            account::two_factor,
            account::begin_two_factor,
            account::end_two_factor
        ))
        .routes(routes!(account::confirm_two_factor))
        .routes(routes!(account::renew_backup_codes))
        .routes(routes!(account::list_sessions, account::end_other_sessions))
        .routes(routes!(account::end_session))
        .routes(routes!(auth::switch_workspace))
        .routes(routes!(visitors::get))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::get, conversations::update))
        .routes(routes!(conversations::set_priority))
        .routes(routes!(conversations::claim))
        .routes(routes!(conversations::assign))
        .routes(routes!(conversations::release))
        .routes(routes!(conversations::snooze, conversations::end_snooze))
        .routes(routes!(conversations::resolve))
        .routes(routes!(conversations::reopen))
        .routes(routes!(conversations::close))
        .routes(routes!(messages::list, messages::send))
        .routes(routes!(notes::list, notes::write))
        .routes(routes!(notifications::list))
        .routes(routes!(notifications::read))
        .routes(routes!(canned_responses::list, canned_responses::create))
        .routes(routes!(
            canned_responses::get,
            canned_responses::set,
            canned_responses::delete
        ))
        .routes(routes!(canned_responses::fill))
        .routes(routes!(canned_responses::export))
        .merge(
            Api::new()
                .routes(routes!(canned_responses::import))
                .with_body_limit(limits::IMPORT_BYTES),
        );

    let admin = Api::new()
        .routes(routes!(workspace::get, workspace::set))
        .routes(routes!(members::list))
        .routes(routes!(members::set, members::remove))
        .routes(routes!(teams::list, teams::create))
        .routes(routes!(teams::get, teams::set, teams::delete))
        .routes(routes!(teams::add_member, teams::remove_member))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::revoke))
        .routes(routes!(invitations::resend))
        .routes(routes!(sites::list, sites::create))
        .routes(routes!(sites::get, sites::set, sites::delete))
        .routes(routes!(sites::rotate_key))
        .routes(routes!(sites::make_identity_secret))
        .routes(routes!(business_hours::list))
        .routes(routes!(business_hours::list_time_zones))
        .merge(
            Api::new()
                .routes(routes!(
                    site_hours::get,
                    site_hours::set,
                    site_hours::delete
                ))
                .routes(routes!(site_hours::set_holidays))
                .routes(routes!(site_hours::import_holidays))
                .routes(routes!(
                    team_hours::get,
                    team_hours::set,
                    team_hours::delete
                ))
                .routes(routes!(team_hours::set_holidays))
                .routes(routes!(team_hours::import_holidays))
                .with_body_limit(limits::ICALENDAR_BYTES),
        )
        .routes(routes!(blocks::list, blocks::create))
        .routes(routes!(blocks::delete))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(audit::list))
        .routes(routes!(audit::export))
        .routes(routes!(audit::check));

    let operator = Api::new()
        .routes(routes!(operator::list_workspaces))
        .routes(routes!(operator::get_workspace))
        .routes(routes!(operator::suspend_workspace))
        .routes(routes!(operator::resume_workspace))
        .routes(routes!(operator::delete_workspace))
        .routes(routes!(operator::set_limit, operator::unset_limit))
        .routes(routes!(operator::enter))
        .routes(routes!(operator::leave))
        .routes(routes!(operator::list_users))
        .routes(routes!(operator::suspend_user))
        .routes(routes!(operator::resume_user))
        .routes(routes!(operator::delete_user))
        .routes(routes!(operator::remove_second_factor))
        .routes(routes!(operator::set_operator))
        .routes(routes!(operator::usage))
        .routes(routes!(
            operator::get_maintenance,
            operator::set_maintenance
        ))
        .routes(routes!(operator::audit))
        .routes(routes!(operator::export_audit))
        .routes(routes!(operator::check_audit))
        .routes(routes!(operator_mail::list))
        .routes(routes!(operator_blocks::list, operator_blocks::create))
        .routes(routes!(operator_blocks::delete));

    Api::new()
        .merge(visitor)
        .merge(anybody)
        .merge(agent)
        .merge(admin)
        .merge(operator)
}

/// The routes of monitoring. They have no rate limit, so that monitors always get an answer.
fn ops() -> Api {
    Api::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// The OpenAPI description of the HTTP API.
pub fn openapi() -> OpenApi {
    let mut description = Description::openapi();
    for part in [api(), ops()] {
        description.merge(part.into_openapi());
    }
    description
}

/// Creates the span of a request in the log: its id, method and path. The query is left out, because
/// it may be private.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or("-");
    let path: String = request.uri().path().chars().take(PATH_CHARS).collect();
    tracing::info_span!("request", %id, method = %request.method(), %path)
}

/// Middleware that ends a request after [`REQUEST_TIMEOUT`].
pub async fn request_timeout(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let message = "This took longer than 30 seconds. Try again.";
        let error = ApiError::new(ErrorCode::Unavailable, message);
        (StatusCode::REQUEST_TIMEOUT, error).into_response()
    })
}

/// Middleware that refuses blocked networks and requests over the rate limit of their address.
async fn limit(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    request: Request,
    next: Next,
) -> ApiResult<Response> {
    app.core.blocklist.refuse(from)?;
    app.core.limits.request(from)?;
    let is_reserved = request.extensions().get::<Reserved>().is_some();
    if is_reserved && !is_for_members(&app, &request) {
        return Err(ApiError::new(
            ErrorCode::Unavailable,
            "The server has no free connections. Try again in a moment.",
        ));
    }
    let (request, charge) = charge_body(request, app.core.limits.memory(from));
    let response = next.run(request).await;
    match charge.is_some_and(|charge| charge.is_over()) {
        true => Err(too_much_memory().into()),
        false => Ok(response),
    }
}

/// Whether a request may use a reserved connection: it is of a signed-in member, or signs in.
/// Access tokens are signed, so this needs no database.
fn is_for_members(app: &App, request: &Request) -> bool {
    let headers = request.headers();
    let token = bearer(headers).or_else(|| cookies::read(headers, &app.config, cookies::ACCESS));
    token.is_some_and(|token| app.core.signer.read_agent(&token).is_ok())
        || request.uri().path().starts_with("/api/v1/auth/")
}

async fn not_found() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "There is nothing at this address. Check the address.",
    )
}

async fn not_allowed() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "This address does not support this method.",
    )
}
