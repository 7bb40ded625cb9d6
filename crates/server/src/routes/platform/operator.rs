//! `/api/v1/operator/*`: for operators of the platform.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use deskbell_domain::identity::account_deletion;
use deskbell_domain::identity::sessions::SwitchedSession;
use deskbell_domain::platform::{audit, operator};
use deskbell_protocol::ErrorBody;
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::platform::audit::{AuditCheck, AuditEntries, AuditEntry, ListAudit};
use deskbell_protocol::api::platform::operator::{
    DeleteUser, DeleteWorkspace, Maintenance, OperatedUsers, OperatedWorkspaceDetails,
    OperatedWorkspaces, Search, SetLimit, SetOperator, Suspend, Usage,
};
use deskbell_protocol::api::workspace::LimitName;
use deskbell_protocol::{UserId, WorkspaceId};

use crate::app::App;
use crate::auth::cookies;
use crate::auth::member::Operator;
use crate::error::ApiResult;
use crate::extract::{Body, Path, Query};
use crate::openapi::refusals::Refusals;
use crate::routes::platform::audit::{Format, take_out};

/// Lists the workspaces of the platform, the newest first.
#[utoipa::path(
    get, path = "/api/v1/operator/workspaces", tag = "operator", params(Search),
    responses((status = 200, body = OperatedWorkspaces), Refusals), security(("session" = []))
)]
pub async fn list_workspaces(
    State(app): State<App>,
    _operator: Operator,
    Query(query): Query<Search>,
) -> ApiResult<Json<OperatedWorkspaces>> {
    Ok(Json(operator::list_workspaces(&app.core, query).await?))
}

/// Gets a workspace and its members.
#[utoipa::path(
    get, path = "/api/v1/operator/workspaces/{id}", tag = "operator", params(("id" = WorkspaceId, Path)),
    responses((status = 200, body = OperatedWorkspaceDetails), Refusals), security(("session" = []))
)]
pub async fn get_workspace(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<WorkspaceId>,
) -> ApiResult<Json<OperatedWorkspaceDetails>> {
    Ok(Json(operator::get_workspace(&app.core, &by, id).await?))
}

/// Suspends a workspace: only operators have access, and nothing is lost.
#[utoipa::path(
    post, path = "/api/v1/operator/workspaces/{id}/suspend", tag = "operator", params(("id" = WorkspaceId, Path)),
    request_body = Suspend, responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn suspend_workspace(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<WorkspaceId>,
    Body(body): Body<Suspend>,
) -> ApiResult<StatusCode> {
    operator::suspend_workspace(&app.core, &by, id, Some(&body.reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the suspension of a workspace.
#[utoipa::path(
    post, path = "/api/v1/operator/workspaces/{id}/resume", tag = "operator", params(("id" = WorkspaceId, Path)),
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn resume_workspace(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<WorkspaceId>,
) -> ApiResult<StatusCode> {
    operator::suspend_workspace(&app.core, &by, id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a workspace with all its data.
#[utoipa::path(
    post, path = "/api/v1/operator/workspaces/{id}/delete", tag = "operator", params(("id" = WorkspaceId, Path)),
    request_body = DeleteWorkspace, responses((status = 202), (status = 409, body = ErrorBody, description = "You are in this workspace: leave it first"), Refusals), security(("session" = []))
)]
pub async fn delete_workspace(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<WorkspaceId>,
    Body(body): Body<DeleteWorkspace>,
) -> ApiResult<StatusCode> {
    operator::delete_workspace(&app.core, &by, id, body).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Sets a limit of a workspace.
#[utoipa::path(
    put, path = "/api/v1/operator/workspaces/{id}/limits/{name}", tag = "operator",
    params(("id" = WorkspaceId, Path), ("name" = LimitName, Path)),
    request_body = SetLimit, responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn set_limit(
    State(app): State<App>,
    by: Operator,
    Path((id, name)): Path<(WorkspaceId, LimitName)>,
    Body(body): Body<SetLimit>,
) -> ApiResult<StatusCode> {
    operator::set_limit(&app.core, &by, id, name, Some(body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Resets a limit of a workspace to the default of the settings.
#[utoipa::path(
    delete, path = "/api/v1/operator/workspaces/{id}/limits/{name}", tag = "operator",
    params(("id" = WorkspaceId, Path), ("name" = LimitName, Path)),
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn unset_limit(
    State(app): State<App>,
    by: Operator,
    Path((id, name)): Path<(WorkspaceId, LimitName)>,
) -> ApiResult<StatusCode> {
    operator::set_limit(&app.core, &by, id, name, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Enters a workspace as its admin; its members see that in their audit log.
#[utoipa::path(
    post, path = "/api/v1/operator/workspaces/{id}/enter", tag = "operator", params(("id" = WorkspaceId, Path)),
    responses((status = 200, body = Me), Refusals), security(("session" = []))
)]
pub async fn enter(
    State(app): State<App>,
    by: Operator,
    jar: CookieJar,
    Path(id): Path<WorkspaceId>,
) -> ApiResult<(CookieJar, Json<Me>)> {
    Ok(moved(&app, jar, operator::enter(&app.core, &by, id).await?))
}

/// Leaves an entered workspace, for one of the operator's own.
#[utoipa::path(
    post, path = "/api/v1/operator/leave", tag = "operator",
    responses((status = 200, body = Me), (status = 409, body = ErrorBody, description = "One is a member of no workspace to go back to"), Refusals), security(("session" = []))
)]
pub async fn leave(
    State(app): State<App>,
    by: Operator,
    jar: CookieJar,
) -> ApiResult<(CookieJar, Json<Me>)> {
    Ok(moved(&app, jar, operator::leave(&app.core, &by).await?))
}

/// Lists the users of the platform, the newest first.
#[utoipa::path(
    get, path = "/api/v1/operator/users", tag = "operator", params(Search),
    responses((status = 200, body = OperatedUsers), Refusals), security(("session" = []))
)]
pub async fn list_users(
    State(app): State<App>,
    _operator: Operator,
    Query(query): Query<Search>,
) -> ApiResult<Json<OperatedUsers>> {
    Ok(Json(operator::list_users(&app.core, query).await?))
}

/// Suspends a user: their sessions end, they cannot sign in, nothing is lost.
#[utoipa::path(
    post, path = "/api/v1/operator/users/{id}/suspend", tag = "operator", params(("id" = UserId, Path)),
    responses((status = 204), (status = 409, body = ErrorBody, description = "You cannot suspend yourself"), Refusals), security(("session" = []))
)]
pub async fn suspend_user(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<UserId>,
) -> ApiResult<StatusCode> {
    operator::suspend_user(&app.core, &by, id, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the suspension of a user.
#[utoipa::path(
    post, path = "/api/v1/operator/users/{id}/resume", tag = "operator", params(("id" = UserId, Path)),
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn resume_user(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<UserId>,
) -> ApiResult<StatusCode> {
    operator::suspend_user(&app.core, &by, id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a user. Their messages stay, with their name.
#[utoipa::path(
    post, path = "/api/v1/operator/users/{id}/delete", tag = "operator", params(("id" = UserId, Path)),
    request_body = DeleteUser, responses((status = 204), (status = 409, body = ErrorBody, description = "You cannot delete yourself, the only owner of a workspace, or a user who is joining one"), Refusals), security(("session" = []))
)]
pub async fn delete_user(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<UserId>,
    Body(body): Body<DeleteUser>,
) -> ApiResult<StatusCode> {
    account_deletion::delete_user(&app.core, &by, id, body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turns off the second factor of a user who has lost it.
#[utoipa::path(
    delete, path = "/api/v1/operator/users/{id}/two-factor", tag = "operator", params(("id" = UserId, Path)),
    responses((status = 204), Refusals), security(("session" = []))
)]
pub async fn remove_second_factor(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<UserId>,
) -> ApiResult<StatusCode> {
    operator::remove_second_factor(&app.core, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a user an operator, or ends that.
#[utoipa::path(
    put, path = "/api/v1/operator/users/{id}/operator", tag = "operator", params(("id" = UserId, Path)),
    request_body = SetOperator, responses((status = 204), (status = 409, body = ErrorBody, description = "The last operator stays one"), Refusals), security(("session" = []))
)]
pub async fn set_operator(
    State(app): State<App>,
    by: Operator,
    Path(id): Path<UserId>,
    Body(body): Body<SetOperator>,
) -> ApiResult<StatusCode> {
    operator::set_operator(&app.core, &by, id, body.is_operator).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Figures of the whole platform.
#[utoipa::path(
    get, path = "/api/v1/operator/usage", tag = "operator",
    responses((status = 200, body = Usage), Refusals), security(("session" = []))
)]
pub async fn usage(State(app): State<App>, _operator: Operator) -> ApiResult<Json<Usage>> {
    Ok(Json(
        operator::usage(&app.core, app.hub.session_count()).await?,
    ))
}

/// The state of maintenance mode.
#[utoipa::path(
    get, path = "/api/v1/operator/maintenance", tag = "operator",
    responses((status = 200, body = Maintenance), Refusals), security(("session" = []))
)]
pub async fn get_maintenance(State(app): State<App>, _operator: Operator) -> Json<Maintenance> {
    Json(operator::get_maintenance(&app.core))
}

/// Turns maintenance mode on or off.
#[utoipa::path(
    put, path = "/api/v1/operator/maintenance", tag = "operator", request_body = Maintenance,
    responses((status = 200, body = Maintenance), Refusals), security(("session" = []))
)]
pub async fn set_maintenance(
    State(app): State<App>,
    by: Operator,
    Body(body): Body<Maintenance>,
) -> ApiResult<Json<Maintenance>> {
    Ok(Json(operator::set_maintenance(&app.core, &by, body).await?))
}

/// Lists the platform's audit log: the actions of operators.
#[utoipa::path(
    get, path = "/api/v1/operator/audit", tag = "operator", params(ListAudit),
    responses((status = 200, body = AuditEntries), Refusals), security(("session" = []))
)]
pub async fn audit(
    State(app): State<App>,
    _operator: Operator,
    Query(query): Query<ListAudit>,
) -> ApiResult<Json<AuditEntries>> {
    Ok(Json(
        audit::list(&app.core.db, audit::PLATFORM, query).await?,
    ))
}

/// Exports the platform's audit log as a file. The export is recorded in it.
#[utoipa::path(
    get, path = "/api/v1/operator/audit/export", tag = "operator", params(ListAudit, Format),
    responses((status = 200, description = "The log", content((String = "text/csv"), (Vec<AuditEntry> = "application/json"))), Refusals),
    security(("session" = []))
)]
pub async fn export_audit(
    State(app): State<App>,
    by: Operator,
    Query(query): Query<ListAudit>,
    Query(Format { format }): Query<Format>,
) -> ApiResult<Response> {
    let what = audit::target("platform", "audit", "");
    take_out(&app, audit::PLATFORM, &by.actor, what, query, format).await
}

/// Verifies that no entry of the platform's log was changed or removed.
#[utoipa::path(
    get, path = "/api/v1/operator/audit/check", tag = "operator",
    responses((status = 200, body = AuditCheck), Refusals), security(("session" = []))
)]
pub async fn check_audit(
    State(app): State<App>,
    _operator: Operator,
) -> ApiResult<Json<AuditCheck>> {
    Ok(Json(audit::check(&app.core.db, audit::PLATFORM).await?))
}

fn moved(app: &App, jar: CookieJar, moved: SwitchedSession) -> (CookieJar, Json<Me>) {
    let jar = cookies::renew_access_cookie(jar, &app.config, moved.access);
    (jar, Json(moved.me))
}
