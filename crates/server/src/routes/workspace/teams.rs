//! `/api/v1/teams`: the teams of the workspace.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_domain::workspace::teams;
use deskbell_protocol::api::workspace::teams::{CreateTeam, SetTeam, Team, Teams};
use deskbell_protocol::{ErrorBody, TeamId, UserId};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ManageMembers, ReadMembers};
use crate::error::ApiResult;
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;

/// Lists all teams, in the order of their names.
#[utoipa::path(
    get, path = "/api/v1/teams", tag = "teams",
    responses((status = 200, body = Teams), Refusals),
    security(("session" = []), ("bearer" = ["members:read"]))
)]
pub async fn list(State(app): State<App>, member: Member<ReadMembers>) -> ApiResult<Json<Teams>> {
    Ok(Json(teams::list(&app.core, &member.scope).await?))
}

/// Gets a team.
#[utoipa::path(
    get, path = "/api/v1/teams/{id}", tag = "teams", params(("id" = TeamId, Path)),
    responses((status = 200, body = Team), Refusals),
    security(("session" = []), ("bearer" = ["members:read"]))
)]
pub async fn get(
    State(app): State<App>,
    member: Member<ReadMembers>,
    Path(id): Path<TeamId>,
) -> ApiResult<Json<Team>> {
    Ok(Json(teams::get(&app.core, &member.scope, id).await?))
}

/// Creates a team.
#[utoipa::path(
    post, path = "/api/v1/teams", tag = "teams", request_body = CreateTeam,
    responses((status = 201, body = Team), (status = 409, body = ErrorBody, description = "Another team has this name"), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn create(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Body(body): Body<CreateTeam>,
) -> ApiResult<(StatusCode, Json<Team>)> {
    let made = teams::create(&app.core, &admin.scope, &admin.actor, body).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes a team.
#[utoipa::path(
    patch, path = "/api/v1/teams/{id}", tag = "teams", request_body = SetTeam,
    params(("id" = TeamId, Path)),
    responses((status = 200, body = Team), (status = 409, body = ErrorBody, description = "Another team has this name"), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn set(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Path(id): Path<TeamId>,
    Body(body): Body<SetTeam>,
) -> ApiResult<Json<Team>> {
    let set = teams::set(&app.core, &admin.scope, &admin.actor, id, body).await?;
    Ok(Json(set))
}

/// Deletes a team. Its members stay members of the workspace.
#[utoipa::path(
    delete, path = "/api/v1/teams/{id}", tag = "teams", params(("id" = TeamId, Path)),
    responses((status = 204), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn delete(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Path(id): Path<TeamId>,
) -> ApiResult<StatusCode> {
    teams::delete(&app.core, &admin.scope, &admin.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a member of the workspace to a team.
#[utoipa::path(
    put, path = "/api/v1/teams/{id}/members/{user_id}", tag = "teams",
    params(("id" = TeamId, Path), ("user_id" = UserId, Path)),
    responses((status = 200, body = Team), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn add_member(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Path((id, user)): Path<(TeamId, UserId)>,
) -> ApiResult<Json<Team>> {
    let set = teams::add_member(&app.core, &admin.scope, &admin.actor, id, user).await?;
    Ok(Json(set))
}

/// Removes a member from a team.
#[utoipa::path(
    delete, path = "/api/v1/teams/{id}/members/{user_id}", tag = "teams",
    params(("id" = TeamId, Path), ("user_id" = UserId, Path)),
    responses((status = 204), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn remove_member(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Path((id, user)): Path<(TeamId, UserId)>,
) -> ApiResult<StatusCode> {
    teams::remove_member(&app.core, &admin.scope, &admin.actor, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
