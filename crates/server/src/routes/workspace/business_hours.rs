//! `/api/v1/business-hours`: when sites and teams are open.

pub mod sites;
pub mod teams;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use deskbell_base::error::AppError;
use deskbell_base::{clock, time_zones};
use deskbell_domain::workspace::business_hours;
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::workspace::business_hours::{
    BusinessHoursList, ListTimeZones, TimeZones,
};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::ReadSites;
use crate::error::ApiResult;
use crate::extract::Query;
use crate::openapi::refusals::Refusals;

/// Lists the business hours of all sites and teams that have some.
#[utoipa::path(
    get, path = "/api/v1/business-hours", tag = "business-hours",
    responses((status = 200, body = BusinessHoursList), Refusals),
    security(("session" = []), ("bearer" = ["sites:read"]))
)]
pub async fn list(
    State(app): State<App>,
    member: Member<ReadSites>,
) -> ApiResult<Json<BusinessHoursList>> {
    Ok(Json(business_hours::list(&app.core, &member.scope).await?))
}

/// Lists the time zones that the server knows, with their offsets at a time.
#[utoipa::path(
    get, path = "/api/v1/business-hours/time-zones", tag = "business-hours", params(ListTimeZones),
    responses((status = 200, body = TimeZones), Refusals),
    security(("session" = []), ("bearer" = ["sites:read"]))
)]
pub async fn list_time_zones(
    _: Member<ReadSites>,
    Query(query): Query<ListTimeZones>,
) -> ApiResult<Json<TimeZones>> {
    Ok(Json(TimeZones {
        version: time_zones::version().to_owned(),
        zones: time_zones::list(query.at.unwrap_or_else(clock::now))?,
    }))
}

/// The body of an upload, unless it is too large.
fn file(content: Result<Bytes, BytesRejection>) -> Result<Bytes, AppError> {
    content.map_err(|_| {
        AppError::new(
            ErrorCode::TooLarge,
            "This file is larger than 256 KB. Choose a smaller one.",
        )
    })
}
