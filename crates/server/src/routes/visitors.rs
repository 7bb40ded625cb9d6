//! `/api/v1/visitors`: a visitor's token, and what is known of them.

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

/// What became of the identity that came with the request, for whoever develops the host page.
const IDENTITY: HeaderName = HeaderName::from_static("x-deskbell-identity");

/// A visitor's token, for the panel, which is a page of ours.
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
    app.core.limits.visit(from)?;
    let created = visitors::renew_or_create(&app.core, body, from).await?;
    let mut headers = HeaderMap::new();
    if let Some(outcome) = created.identity {
        headers.insert(IDENTITY, HeaderValue::from_static(outcome));
    }
    Ok((headers, Json(created.token)))
}

/// What is known of a visitor.
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
