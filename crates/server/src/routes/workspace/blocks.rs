//! `/api/v1/blocks`: visitors and networks that cannot use the workspace's chat.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_domain::workspace::blocks;
use deskbell_protocol::BlockId;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::workspace::blocks::{Block, Blocks, CreateBlock};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::ManageSites;
use crate::error::ApiResult;
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;

/// Lists all blocks, the newest first.
#[utoipa::path(
    get, path = "/api/v1/blocks", tag = "workspace",
    responses((status = 200, body = Blocks), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn list(State(app): State<App>, admin: Member<ManageSites>) -> ApiResult<Json<Blocks>> {
    Ok(Json(blocks::list(&app.core, &admin.scope).await?))
}

/// Blocks a visitor or a network. Their connections close at once.
#[utoipa::path(
    post, path = "/api/v1/blocks", tag = "workspace", request_body = CreateBlock,
    responses((status = 201, body = Block), (status = 404, body = ErrorBody, description = "There is no such visitor"), (status = 409, body = ErrorBody, description = "They are blocked already"), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn create(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Body(body): Body<CreateBlock>,
) -> ApiResult<(StatusCode, Json<Block>)> {
    let made = blocks::create(&app.core, &admin.scope, &admin.actor, body).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Unblocks a visitor or a network.
#[utoipa::path(
    delete, path = "/api/v1/blocks/{id}", tag = "workspace", params(("id" = BlockId, Path)),
    responses((status = 204), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn delete(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<BlockId>,
) -> ApiResult<StatusCode> {
    blocks::delete(&app.core, &admin.scope, &admin.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
