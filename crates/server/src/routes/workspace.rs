//! `/api/v1/workspace`: the workspace one acts in.

use axum::Json;
use axum::extract::State;
use deskbell_protocol::api::workspace::{SetWorkspace, Workspace};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ManageSites, ReadSites};
use crate::domain::workspace;
use crate::error::{AppResult, Body};
use crate::openapi::Refusals;

/// The workspace, what it may have, and has.
#[utoipa::path(
    get, path = "/api/v1/workspace", tag = "workspace",
    responses((status = 200, body = Workspace), Refusals),
    security(("session" = []), ("bearer" = ["sites:read"]))
)]
pub async fn get(State(app): State<App>, member: Member<ReadSites>) -> AppResult<Json<Workspace>> {
    Ok(Json(workspace::get(&app, &member.scope).await?))
}

/// Changes what it is called, and how much is kept of visitors' addresses.
#[utoipa::path(
    patch, path = "/api/v1/workspace", tag = "workspace", request_body = SetWorkspace,
    responses((status = 200, body = Workspace), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn set(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Body(body): Body<SetWorkspace>,
) -> AppResult<Json<Workspace>> {
    let set = workspace::set(&app, &admin.scope, &admin.actor, body).await?;
    Ok(Json(set))
}
