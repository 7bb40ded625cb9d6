//! `/api/v1/setup`: the first run.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::setup::{Setup, SetupDone, SetupState};
use deskbell_store::users;

use crate::app::App;
use crate::auth::same_origin::is_same_origin;
use crate::domain::accounts;
use crate::error::{AppError, AppResult, Body};
use crate::limits::address::Address;
use crate::routes::auth::open_session;

pub async fn state(State(app): State<App>) -> AppResult<Json<SetupState>> {
    let mut reader = app.store.read().await?;
    Ok(Json(SetupState {
        needed: !users::any_user(&mut reader).await?,
    }))
}

pub async fn create(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    jar: CookieJar,
    Body(body): Body<Setup>,
) -> AppResult<(StatusCode, CookieJar, Json<SetupDone>)> {
    if !is_same_origin(&headers) {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "Set Deskbell up from its own page.",
        ));
    }
    app.limits.hash_password(from)?;
    let done = accounts::set_up(&app, body).await?;
    let jar = open_session(&app, jar, &done.me).await?;
    Ok((StatusCode::CREATED, jar, Json(done)))
}
