//! `/api/v1/tokens`: API tokens.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_domain::workspace::api_tokens;
use deskbell_protocol::ApiTokenId;
use deskbell_protocol::api::workspace::tokens::{ApiTokens, CreateToken, CreatedToken};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::ManageTokens;
use crate::error::ApiResult;
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;

/// Lists the tokens of the workspace.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "tokens",
    responses((status = 200, body = ApiTokens), Refusals),
    security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    admin: Member<ManageTokens>,
) -> ApiResult<Json<ApiTokens>> {
    Ok(Json(api_tokens::list(&app.core, &admin.scope).await?))
}

/// Creates a token. Its secret is returned only once.
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "tokens", request_body = CreateToken,
    responses((status = 201, body = CreatedToken), Refusals),
    security(("session" = []))
)]
pub async fn create(
    State(app): State<App>,
    admin: Member<ManageTokens>,
    Body(body): Body<CreateToken>,
) -> ApiResult<(StatusCode, Json<CreatedToken>)> {
    let created = api_tokens::create(&app.core, &admin.scope, &admin.actor, body).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Revokes a token.
#[utoipa::path(
    delete, path = "/api/v1/tokens/{id}", tag = "tokens", params(("id" = ApiTokenId, Path)),
    responses((status = 204), Refusals),
    security(("session" = []))
)]
pub async fn revoke(
    State(app): State<App>,
    admin: Member<ManageTokens>,
    Path(id): Path<ApiTokenId>,
) -> ApiResult<StatusCode> {
    api_tokens::revoke(&app.core, &admin.scope, &admin.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
