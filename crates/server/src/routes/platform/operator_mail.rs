//! `/api/v1/operator/mail`: mail that has not been sent.

use axum::Json;
use axum::extract::State;
use deskbell_domain::platform::operator;
use deskbell_protocol::api::platform::mail::WaitingMail;

use crate::app::App;
use crate::auth::member::Operator;
use crate::error::ApiResult;
use crate::openapi::refusals::Refusals;

/// Mail that waits, or was given up, the newest first. Where no mail server is set, with its links:
/// who holds one can be somebody else, so that they were shown is written into the platform's log.
#[utoipa::path(
    get, path = "/api/v1/operator/mail", tag = "operator",
    responses((status = 200, body = Vec<WaitingMail>), Refusals), security(("session" = []))
)]
pub async fn list(State(app): State<App>, by: Operator) -> ApiResult<Json<Vec<WaitingMail>>> {
    Ok(Json(operator::read_mail(&app.core, &by).await?))
}
