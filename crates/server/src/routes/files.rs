//! The web files: the loader, the panel's frame, the dashboard, and what they load.

use std::sync::LazyLock;

use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use deskbell_store::sites;
use serde::Deserialize;

use crate::app::App;
use crate::error::{AppResult, Path, Query};
use crate::web::kept::Kept;
use crate::{openapi, security};

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
pub async fn openapi(headers: HeaderMap) -> Response {
    static KEPT: LazyLock<Kept> =
        LazyLock::new(|| Kept::new("application/json", openapi::kept_text().to_owned()));
    KEPT.answer(&headers)
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
) -> AppResult<Response> {
    let mut reader = app.store.read().await?;
    let site = sites::find_site_by_key(&mut reader, &query.site).await?;
    let origins = site.map(|site| site.allowed_origins).unwrap_or_default();
    let mut response = app.web.revalidated("frame.html", &headers);
    let policy = security::content_policy("", &security::frame_ancestors(&origins));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
