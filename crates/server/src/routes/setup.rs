//! `/api/v1/setup`: the first run.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::setup::{Setup, SetupDone, SetupState};
use deskbell_store::users;

use crate::app::App;
use crate::auth::origin::Origin;
use crate::auth::same_origin::is_under_own_name;
use crate::config::Registration;
use crate::domain::accounts;
use crate::error::{AppError, AppResult, Body};
use crate::limits::address::Address;
use crate::openapi::Refusals;
use crate::routes::auth::set_cookies;

/// Whether nobody owns this installation yet, and what it offers to those who come.
#[utoipa::path(
    get, path = "/api/v1/setup", tag = "setup",
    responses((status = 200, body = SetupState), Refusals), security(())
)]
pub async fn state(State(app): State<App>) -> AppResult<Json<SetupState>> {
    let mut reader = app.store.read().await?;
    Ok(Json(SetupState {
        needed: !users::any_user(&mut reader).await?,
        registration_open: app.config.registration == Registration::Open,
        sends_mail: app.config.smtp.is_some(),
    }))
}

/// The owner, the workspace and its first site. Once.
#[utoipa::path(
    post, path = "/api/v1/setup", tag = "setup", request_body = Setup,
    responses((status = 201, body = SetupDone), (status = 409, body = ErrorBody, description = "It was done before"), Refusals), security(())
)]
pub async fn create(
    State(app): State<App>,
    from: Address,
    origin: Origin,
    headers: HeaderMap,
    jar: CookieJar,
    Body(body): Body<Setup>,
) -> AppResult<(StatusCode, CookieJar, Json<SetupDone>)> {
    if !is_under_own_name(&app.config, &headers) {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "Set Deskbell up from its own page, at the address that public_url names.",
        ));
    }
    app.limits.hash_password(from)?;
    let (done, pair) = accounts::set_up(&app, body, &origin).await?;
    let jar = set_cookies(&app, jar, &done.me, pair);
    Ok((StatusCode::CREATED, jar, Json(done)))
}
