//! `/api/v1/setup`: the first run.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use deskbell_domain::identity::accounts;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::identity::setup::{Setup, SetupDone, SetupState};

use crate::app::App;
use crate::auth::client_info::Client;
use crate::auth::same_origin::is_under_own_name;
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::extract::Body;
use crate::openapi::refusals::Refusals;
use crate::routes::identity::auth::set_cookies;

/// Whether the set-up is due, and which ways to register there are.
#[utoipa::path(
    get, path = "/api/v1/setup", tag = "setup",
    responses((status = 200, body = SetupState), Refusals), security(())
)]
pub async fn state(State(app): State<App>) -> ApiResult<Json<SetupState>> {
    Ok(Json(accounts::setup_state(&app.core).await?))
}

/// Runs the set-up: creates the owner, the workspace and its first site. It works once.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "setup", request_body = Setup,
    responses((status = 201, body = SetupDone), (status = 409, body = ErrorBody, description = "It was done before"), Refusals), security(())
)]
pub async fn create(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    Client(origin): Client,
    headers: HeaderMap,
    jar: CookieJar,
    Body(body): Body<Setup>,
) -> ApiResult<(StatusCode, CookieJar, Json<SetupDone>)> {
    if !is_under_own_name(&app.config, &headers) {
        return Err(ApiError::new(
            ErrorCode::Forbidden,
            "Set Deskbell up from its own page, at the address that public_url names.",
        ));
    }
    app.core.limits.credential_attempt(from)?;
    let (done, pair) = accounts::set_up(&app.core, body, &origin).await?;
    let jar = set_cookies(&app, jar, &done.me, pair);
    Ok((StatusCode::CREATED, jar, Json(done)))
}
