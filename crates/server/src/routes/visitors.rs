//! `/api/v1/visitors`: tokens and profiles of visitors.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use deskbell_domain::visitors;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::visitors::{CreateVisitor, Visitor, VisitorToken};
use deskbell_protocol::{ErrorCode, VisitorId};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::ReadConversations;
use crate::auth::same_origin::is_same_origin;
use crate::client_address::FromAddress;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;

/// The response header with the result of identity verification, for the developer of the host
/// page.
const IDENTITY: HeaderName = HeaderName::from_static("x-deskbell-identity");

/// Creates or renews a visitor's token, for the panel.
#[utoipa::path(
    post, path = "/api/v1/visitors", tag = "visitors", request_body = CreateVisitor,
    responses((status = 200, body = VisitorToken), (status = 404, body = ErrorBody, description = "There is no site with this key"), Refusals), security(())
)]
pub async fn create(
    State(app): State<App>,
    FromAddress(from): FromAddress,
    headers: HeaderMap,
    Body(body): Body<CreateVisitor>,
) -> ApiResult<(HeaderMap, Json<VisitorToken>)> {
    if !is_same_origin(&app.config, &headers) {
        return Err(ApiError::new(
            ErrorCode::OriginNotAllowed,
            "Only the chat widget can request a visitor's token.",
        ));
    }
    app.core.limits.visitor_token(from)?;
    let created = visitors::renew_or_create(&app.core, body, from).await?;
    let mut headers = HeaderMap::new();
    if let Some(outcome) = created.identity {
        headers.insert(IDENTITY, HeaderValue::from_static(outcome));
    }
    Ok((headers, Json(created.token)))
}

/// Gets the profile of a visitor.
#[utoipa::path(
    get, path = "/api/v1/visitors/{id}", tag = "visitors", params(("id" = VisitorId, Path)),
    responses((status = 200, body = Visitor), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn get(
    State(app): State<App>,
    agent: Member<ReadConversations>,
    Path(id): Path<VisitorId>,
) -> ApiResult<Json<Visitor>> {
    Ok(Json(visitors::get(&app.core, &agent.scope, id).await?))
}
