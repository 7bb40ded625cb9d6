//! `/api/v1/operator/blocks`: networks that are blocked for the whole installation.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_domain::platform::network_blocks;
use deskbell_protocol::BlockId;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::workspace::blocks::{Block, Blocks, CreateBlock};

use crate::app::App;
use crate::auth::member::Operator;
use crate::client_address::FromAddress;
use crate::error::ApiResult;
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;

/// Lists the blocked networks, the newest first. Those of the setting are not among them.
#[utoipa::path(
    get, path = "/api/v1/operator/blocks", tag = "operator",
    responses((status = 200, body = Blocks), Refusals), security(("session" = []))
)]
pub async fn list(State(app): State<App>, _operator: Operator) -> ApiResult<Json<Blocks>> {
    Ok(Json(network_blocks::list(&app.core).await?))
}

/// Blocks a network. Its requests are refused and its connections end, on other nodes within seconds.
#[utoipa::path(
    post, path = "/api/v1/operator/blocks", tag = "operator", request_body = CreateBlock,
    responses((status = 201, body = Block), (status = 409, body = ErrorBody, description = "It is blocked already"), Refusals), security(("session" = []))
)]
pub async fn create(
    State(app): State<App>,
    by: Operator,
    FromAddress(from): FromAddress,
    Body(body): Body<CreateBlock>,
) -> ApiResult<(StatusCode, Json<Block>)> {
    let block = network_blocks::create(&app.core, &by, from, body).await?;
    // Sockets from this network close.
    app.hub.resync(None);
    Ok((StatusCode::CREATED, Json(block)))
}

/// Unblocks a network.
#[utoipa::path(
    delete, path = "/api/v1/operator/blocks/{id}", tag = "operator", params(("id" = BlockId, Path)),
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn delete(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<BlockId>,
) -> ApiResult<StatusCode> {
    network_blocks::delete(&app.core, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
