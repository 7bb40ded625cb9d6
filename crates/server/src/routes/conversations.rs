//! `/api/v1/conversations`: the list of conversations, in pages.

pub mod poll;
pub mod socket;

use axum::Json;
use axum::extract::State;
use deskbell_domain::conversations::inbox;
use deskbell_protocol::api::conversations::{Conversations, ListConversations};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::ReadConversations;
use crate::error::ApiResult;
use crate::extract::Query;
use crate::openapi::refusals::Refusals;

/// Lists the conversations of the workspace, in pages.
#[utoipa::path(
    get, path = "/api/v1/conversations", tag = "conversations", params(ListConversations),
    responses((status = 200, body = Conversations), Refusals),
    security(("session" = []), ("bearer" = ["conversations:read"]))
)]
pub async fn list(
    State(app): State<App>,
    agent: Member<ReadConversations>,
    Query(query): Query<ListConversations>,
) -> ApiResult<Json<Conversations>> {
    Ok(Json(inbox::list(&app.core, &agent.scope, query).await?))
}
