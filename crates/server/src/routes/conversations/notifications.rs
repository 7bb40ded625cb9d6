//! `/api/v1/notifications`: the notifications of the member who asks.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_base::scope::Scope;
use deskbell_domain::conversations::notifications;
use deskbell_protocol::api::conversations::notifications::{
    ListNotifications, Notifications, ReadNotifications,
};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ReadConversations, WriteConversations};
use crate::client_address::FromAddress;
use crate::error::ApiResult;
use crate::extract::{Body, Query};
use crate::openapi::refusals::Refusals;

/// Lists your notifications, the newest first.
#[utoipa::path(
    get, path = "/api/v1/notifications", tag = "conversations", params(ListNotifications),
    responses((status = 200, body = Notifications), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn list(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<ReadConversations>,
    Query(query): Query<ListNotifications>,
) -> ApiResult<Json<Notifications>> {
    let scope = Scope::Agent(agent.scope.clone());
    app.core.limits.read(&scope, from)?;
    let found = notifications::list(&app.core, &agent.scope, query).await?;
    Ok(Json(found))
}

/// Marks your notifications as read.
#[utoipa::path(
    post, path = "/api/v1/notifications/read", tag = "conversations", request_body = ReadNotifications,
    responses((status = 204), Refusals),
    security(("session" = []), ("bearer" = ["conversations:write"]))
)]
pub async fn read(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    agent: Member<WriteConversations>,
    Body(body): Body<ReadNotifications>,
) -> ApiResult<StatusCode> {
    let scope = Scope::Agent(agent.scope.clone());
    app.core.limits.read(&scope, from)?;
    notifications::read(&app.core, &agent.scope, body).await?;
    Ok(StatusCode::NO_CONTENT)
}
