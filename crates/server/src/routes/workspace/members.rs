//! `/api/v1/members`: the members of the workspace.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_domain::workspace::members;
use deskbell_protocol::ErrorBody;
use deskbell_protocol::UserId;
use deskbell_protocol::api::workspace::members::{self as api, Members, RemoveMember, SetMember};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ManageMembers, ReadMembers};
use crate::error::ApiResult;
use crate::extract::{Body, Path, Query};
use crate::openapi::refusals::Refusals;

/// Lists all members, in the order of joining.
#[utoipa::path(
    get, path = "/api/v1/members", tag = "members",
    responses((status = 200, body = Members), Refusals),
    security(("session" = []), ("bearer" = ["members:read"]))
)]
pub async fn list(State(app): State<App>, member: Member<ReadMembers>) -> ApiResult<Json<Members>> {
    Ok(Json(members::list(&app.core, &member.scope).await?))
}

/// Changes a member's role. Only owners can appoint and demote owners, and the last one stays.
#[utoipa::path(
    patch, path = "/api/v1/members/{user_id}", tag = "members", request_body = SetMember,
    params(("user_id" = UserId, Path)),
    responses((status = 200, body = api::Member), (status = 409, body = ErrorBody, description = "The last owner stays one"), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn set(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Path(user): Path<UserId>,
    Body(body): Body<SetMember>,
) -> ApiResult<Json<api::Member>> {
    let set = members::set_role(&app.core, &admin.scope, &admin.actor, user, body.role).await?;
    Ok(Json(set))
}

/// Removes a member. Their open conversations are assigned to a colleague or wait again; their
/// sessions, tokens and connections in this workspace end at once.
#[utoipa::path(
    delete, path = "/api/v1/members/{user_id}", tag = "members",
    params(("user_id" = UserId, Path), RemoveMember),
    responses((status = 204), (status = 409, body = ErrorBody, description = "The last owner stays one"), Refusals),
    security(("session" = []), ("bearer" = ["members:write"]))
)]
pub async fn remove(
    State(app): State<App>,
    admin: Member<ManageMembers>,
    Path(user): Path<UserId>,
    Query(query): Query<RemoveMember>,
) -> ApiResult<StatusCode> {
    members::remove(&app.core, &admin.scope, &admin.actor, user, query).await?;
    Ok(StatusCode::NO_CONTENT)
}
