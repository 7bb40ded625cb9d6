//! `/api/v1/operator/mail`: mail that has not been sent.

use axum::Json;
use axum::extract::State;
use deskbell_domain::platform::operator;
use deskbell_protocol::api::platform::mail::WaitingMail;

use crate::app::App;
use crate::auth::member::Operator;
use crate::error::ApiResult;
use crate::openapi::refusals::Refusals;

/// Lists queued mail and mail that was given up, the newest first. Without a mail server it
/// includes the links, with which one can act as the recipient, so reading it is recorded in the
/// platform's log.
#[utoipa::path(
    get, path = "/api/v1/operator/mail", tag = "operator",
    responses((status = 200, body = Vec<WaitingMail>), Refusals), security(("session" = []))
)]
pub async fn list(State(app): State<App>, by: Operator) -> ApiResult<Json<Vec<WaitingMail>>> {
    Ok(Json(operator::read_mail(&app.core, &by).await?))
}
