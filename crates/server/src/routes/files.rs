//! The web files: the loader, the panel's frame, the dashboard, and what they load.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use deskbell_domain::sites;
use serde::Deserialize;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Path, Query};
use crate::security;
use crate::web::cached_body::CachedBody;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// `GET /deskbell.js`: the loader. Any page may load it; it asks for nothing until somebody clicks.
pub async fn loader(State(app): State<App>, headers: HeaderMap) -> Response {
    let mut response = app.web.revalidated("deskbell.js", &headers);
    response.headers_mut().insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("cross-origin"),
    );
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// `GET /assets/{file}`: content-hashed files.
pub async fn asset(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    app.web.immutable(&format!("assets/{file}"), &headers)
}

/// `GET /app` and below: the dashboard, which finds its own way.
pub async fn dashboard(State(app): State<App>, headers: HeaderMap) -> Response {
    app.web.revalidated("app.html", &headers)
}

/// `GET /api/v1/openapi.json`: the description of the HTTP API.
pub async fn openapi(State(app): State<App>, headers: HeaderMap) -> Response {
    static BODY: OnceLock<CachedBody> = OnceLock::new();
    let body = BODY.get_or_init(|| CachedBody::new("application/json", (app.openapi)().to_owned()));
    body.answer(&headers)
}

#[derive(Deserialize)]
pub struct FrameQuery {
    #[serde(default)]
    site: String,
}

/// `GET /widget/frame?site=KEY`: the panel, for pages of the site's origins only.
pub async fn frame(
    State(app): State<App>,
    Query(query): Query<FrameQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let origins = sites::allowed_origins(&app.core, &query.site).await?;
    let mut response = app.web.revalidated("frame.html", &headers);
    let policy = security::content_policy("", &security::frame_ancestors(&origins));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
