//! `/api/v1/conversations`: the list, in pages.

use axum::Json;
use axum::extract::State;
use deskbell_protocol::api::conversations::{Conversations, ListConversations};

use crate::app::App;
use crate::auth::agent::Agent;
use crate::domain::inbox;
use crate::error::{AppResult, Query};

pub async fn list(
    State(app): State<App>,
    agent: Agent,
    Query(query): Query<ListConversations>,
) -> AppResult<Json<Conversations>> {
    Ok(Json(inbox::list(&app, &agent.scope, query).await?))
}
