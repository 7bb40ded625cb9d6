//! `/api/v1/operator/mail`: mail that has not been sent.

use axum::Json;
use axum::extract::State;
use deskbell_protocol::api::mail::WaitingMail;

use crate::app::App;
use crate::auth::member::Operator;
use crate::error::AppResult;
use crate::mail;
use crate::openapi::Refusals;

/// Mail that waits, or was given up, the newest first. Where no mail server is set, with its links.
#[utoipa::path(
    get, path = "/api/v1/operator/mail", tag = "operator",
    responses((status = 200, body = Vec<WaitingMail>), Refusals), security(("session" = []))
)]
pub async fn list(State(app): State<App>, _: Operator) -> AppResult<Json<Vec<WaitingMail>>> {
    Ok(Json(mail::list(&app).await?))
}
