//! `/api/v1/workspace`: the current workspace; by module its members, teams, business hours,
//! invitations, blocks and tokens.

pub mod blocks;
pub mod business_hours;
pub mod invitations;
pub mod members;
pub mod teams;
pub mod tokens;

use axum::Json;
use axum::extract::State;
use deskbell_domain::workspace;
use deskbell_protocol::api::workspace::{SetWorkspace, Workspace};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ManageSites, ReadSites};
use crate::error::ApiResult;
use crate::extract::Body;
use crate::openapi::refusals::Refusals;

/// Gets the workspace, its limits and their usage.
#[utoipa::path(
    get, path = "/api/v1/workspace", tag = "workspace",
    responses((status = 200, body = Workspace), Refusals),
    security(("session" = []), ("bearer" = ["sites:read"]))
)]
pub async fn get(State(app): State<App>, member: Member<ReadSites>) -> ApiResult<Json<Workspace>> {
    Ok(Json(workspace::get(&app.core, &member.scope).await?))
}

/// Changes the name and the settings of the workspace.
#[utoipa::path(
    patch, path = "/api/v1/workspace", tag = "workspace", request_body = SetWorkspace,
    responses((status = 200, body = Workspace), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn set(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Body(body): Body<SetWorkspace>,
) -> ApiResult<Json<Workspace>> {
    let set = workspace::set(&app.core, &admin.scope, &admin.actor, body).await?;
    Ok(Json(set))
}
