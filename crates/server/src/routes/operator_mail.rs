//! `/api/v1/operator/mail`: mail that has not been sent.

use axum::Json;
use axum::extract::State;
use deskbell_protocol::api::mail::WaitingMail;
use serde_json::json;

use crate::app::App;
use crate::auth::member::Operator;
use crate::domain::audit::{self, Action};
use crate::error::AppResult;
use crate::mail;
use crate::openapi::Refusals;

/// Mail that waits, or was given up, the newest first. Where no mail server is set, with its links:
/// who holds one can be somebody else, so that they were shown is written into the platform's log.
#[utoipa::path(
    get, path = "/api/v1/operator/mail", tag = "operator",
    responses((status = 200, body = Vec<WaitingMail>), Refusals), security(("session" = []))
)]
pub async fn list(State(app): State<App>, by: Operator) -> AppResult<Json<Vec<WaitingMail>>> {
    let waiting = mail::list(&app).await?;
    let mut tx = app.begin().await?;
    let what = audit::target("platform", "mail", "");
    let links = waiting.iter().filter(|mail| mail.link.is_some()).count();
    let details = json!({ "letters": waiting.len(), "links": links });
    let (log, action) = (audit::PLATFORM, Action::MailRead);
    audit::record(&mut tx, log, &by.actor, action, what, details).await?;
    tx.commit().await?;
    Ok(Json(waiting))
}
