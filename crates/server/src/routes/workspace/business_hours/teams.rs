//! Business hours of teams: `/api/v1/business-hours/teams/{id}`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use deskbell_domain::workspace::business_hours::{self, Owner};
use deskbell_protocol::TeamId;
use deskbell_protocol::api::workspace::business_hours::{
    BusinessHours, ImportedHolidays, SetBusinessHours, SetHolidays,
};

use super::file;
use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ManageSites, ReadSites};
use crate::error::ApiResult;
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;

/// Gets the business hours of a team.
#[utoipa::path(
    get, path = "/api/v1/business-hours/teams/{id}", tag = "business-hours", params(("id" = TeamId, Path)),
    responses((status = 200, body = BusinessHours), Refusals),
    security(("session" = []), ("bearer" = ["sites:read"]))
)]
pub async fn get(
    State(app): State<App>,
    member: Member<ReadSites>,
    Path(id): Path<TeamId>,
) -> ApiResult<Json<BusinessHours>> {
    let owner = Owner::Team(id);
    let found = business_hours::get(&app.core, &member.scope, owner).await?;
    Ok(Json(found))
}

/// Sets the business hours of a team.
#[utoipa::path(
    put, path = "/api/v1/business-hours/teams/{id}", tag = "business-hours", request_body = SetBusinessHours,
    params(("id" = TeamId, Path)),
    responses((status = 200, body = BusinessHours), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn set(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<TeamId>,
    Body(body): Body<SetBusinessHours>,
) -> ApiResult<Json<BusinessHours>> {
    let owner = Owner::Team(id);
    let set = business_hours::set(&app.core, &admin.scope, &admin.actor, owner, body).await?;
    Ok(Json(set))
}

/// Deletes the business hours of a team, and its holidays.
#[utoipa::path(
    delete, path = "/api/v1/business-hours/teams/{id}", tag = "business-hours",
    params(("id" = TeamId, Path)),
    responses((status = 204), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn delete(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<TeamId>,
) -> ApiResult<StatusCode> {
    let owner = Owner::Team(id);
    business_hours::delete(&app.core, &admin.scope, &admin.actor, owner).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the holidays of a team.
#[utoipa::path(
    put, path = "/api/v1/business-hours/teams/{id}/holidays", tag = "business-hours",
    request_body = SetHolidays, params(("id" = TeamId, Path)),
    responses((status = 200, body = BusinessHours), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn set_holidays(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<TeamId>,
    Body(body): Body<SetHolidays>,
) -> ApiResult<Json<BusinessHours>> {
    let (scope, actor) = (&admin.scope, &admin.actor);
    let owner = Owner::Team(id);
    let set = business_hours::set_holidays(&app.core, scope, actor, owner, body).await?;
    Ok(Json(set))
}

/// Adds the holidays of an iCalendar file to those of a team.
#[utoipa::path(
    post, path = "/api/v1/business-hours/teams/{id}/holidays/import", tag = "business-hours",
    request_body(content_type = "text/calendar", description = "At most 256 KB"),
    params(("id" = TeamId, Path)),
    responses((status = 200, body = ImportedHolidays), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn import_holidays(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<TeamId>,
    content: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<ImportedHolidays>> {
    let content = file(content)?;
    let (scope, actor) = (&admin.scope, &admin.actor);
    let owner = Owner::Team(id);
    let done = business_hours::import(&app.core, scope, actor, owner, content).await?;
    Ok(Json(done))
}
