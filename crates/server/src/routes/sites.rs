//! `/api/v1/sites`: the websites with the widget.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use deskbell_domain::sites::{self, deletion};
use deskbell_protocol::SiteId;
use deskbell_protocol::api::sites::{CreateSite, IdentitySecret, SetSite, Site, Sites};

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::{ManageSites, ReadSites};
use crate::error::ApiResult;
use crate::extract::{Body, Path};
use crate::openapi::refusals::Refusals;

/// Lists all sites, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/sites", tag = "sites",
    responses((status = 200, body = Sites), Refusals),
    security(("session" = []), ("bearer" = ["sites:read"]))
)]
pub async fn list(State(app): State<App>, member: Member<ReadSites>) -> ApiResult<Json<Sites>> {
    Ok(Json(sites::list(&app.core, &member.scope).await?))
}

/// Gets a site.
#[utoipa::path(
    get, path = "/api/v1/sites/{id}", tag = "sites", params(("id" = SiteId, Path)),
    responses((status = 200, body = Site), Refusals),
    security(("session" = []), ("bearer" = ["sites:read"]))
)]
pub async fn get(
    State(app): State<App>,
    member: Member<ReadSites>,
    Path(id): Path<SiteId>,
) -> ApiResult<Json<Site>> {
    Ok(Json(sites::get(&app.core, &member.scope, id).await?))
}

/// Creates a site.
#[utoipa::path(
    post, path = "/api/v1/sites", tag = "sites", request_body = CreateSite,
    responses((status = 201, body = Site), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn create(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Body(body): Body<CreateSite>,
) -> ApiResult<(StatusCode, Json<Site>)> {
    let made = sites::create(&app.core, &admin.scope, &admin.actor, body).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Changes a site.
#[utoipa::path(
    patch, path = "/api/v1/sites/{id}", tag = "sites", request_body = SetSite,
    params(("id" = SiteId, Path)),
    responses((status = 200, body = Site), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn set(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<SiteId>,
    Body(body): Body<SetSite>,
) -> ApiResult<Json<Site>> {
    let set = sites::set(&app.core, &admin.scope, &admin.actor, id, body).await?;
    Ok(Json(set))
}

/// Deletes a site. Its visitors are disconnected, and its conversations are closed.
#[utoipa::path(
    delete, path = "/api/v1/sites/{id}", tag = "sites", params(("id" = SiteId, Path)),
    responses((status = 204), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn delete(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<SiteId>,
) -> ApiResult<StatusCode> {
    deletion::delete(&app.core, &admin.scope, &admin.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the key of a site. The old one becomes invalid.
#[utoipa::path(
    post, path = "/api/v1/sites/{id}/rotate-key", tag = "sites", params(("id" = SiteId, Path)),
    responses((status = 200, body = Site), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn rotate_key(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<SiteId>,
) -> ApiResult<Json<Site>> {
    let set = sites::rotate_key(&app.core, &admin.scope, &admin.actor, id).await?;
    Ok(Json(set))
}

/// Creates or rotates the identity secret, with which the site verifies its visitors. It is
/// returned only once; the previous one becomes invalid.
#[utoipa::path(
    post, path = "/api/v1/sites/{id}/identity-secret", tag = "sites",
    params(("id" = SiteId, Path)),
    responses((status = 200, body = IdentitySecret), Refusals),
    security(("session" = []), ("bearer" = ["sites:write"]))
)]
pub async fn make_identity_secret(
    State(app): State<App>,
    admin: Member<ManageSites>,
    Path(id): Path<SiteId>,
) -> ApiResult<Json<IdentitySecret>> {
    let made = sites::make_identity_secret(&app.core, &admin.scope, &admin.actor, id).await?;
    Ok(Json(made))
}
