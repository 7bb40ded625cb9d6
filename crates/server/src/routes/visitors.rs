//! `/api/v1/visitors`: a visitor's token.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::visitors::{CreateVisitor, VisitorToken};

use crate::app::App;
use crate::auth::same_origin::is_same_origin;
use crate::domain::visitors;
use crate::error::{AppError, AppResult, Body};
use crate::limits::address::Address;
use crate::openapi::Refusals;

/// A visitor's token, for the panel, which is a page of ours.
#[utoipa::path(
    post, path = "/api/v1/visitors", tag = "visitors", request_body = CreateVisitor,
    responses((status = 200, body = VisitorToken), Refusals), security(())
)]
pub async fn create(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    Body(body): Body<CreateVisitor>,
) -> AppResult<Json<VisitorToken>> {
    if !is_same_origin(&headers) {
        return Err(AppError::new(
            ErrorCode::OriginNotAllowed,
            "Only Deskbell's own panel may ask for a visitor's token.",
        ));
    }
    app.limits.visit(from)?;
    Ok(Json(visitors::renew_or_create(&app, body).await?))
}
