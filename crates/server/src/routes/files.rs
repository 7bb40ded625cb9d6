//! The web files: the loader, the panel's frame, the dashboard, and their assets.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, REFERER};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use deskbell_domain::sites;
use serde::Deserialize;

use crate::app::App;
use crate::error::ApiResult;
use crate::extract::{Path, Query};
use crate::security;
use crate::web::cached_body::CachedBody;

const CROSS_ORIGIN_EMBEDDER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-embedder-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// `GET /deskbell.js`: the loader, for the pages of any website.
pub async fn loader(State(app): State<App>, headers: HeaderMap) -> Response {
    public_script(&app, "deskbell.js", &headers)
}

/// `GET /deskbell-panel.js`: the part of the loader that runs the panel.
///
/// With `?site=KEY` it answers with an error when the site's frame would: this is how the loader learns whether
/// a frame that does not run was refused, or the server has an error.
pub async fn panel(
    State(app): State<App>,
    Query(query): Query<FrameQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if !query.site.is_empty() {
        sites::allowed_origins(&app.core, &query.site, None).await?;
    }
    Ok(public_script(&app, "deskbell-panel.js", &headers))
}

/// `GET /deskbell-replies.js`: the part of the loader for visitors with a conversation.
pub async fn replies(State(app): State<App>, headers: HeaderMap) -> Response {
    public_script(&app, "deskbell-replies.js", &headers)
}

/// `GET /assets/{file}`: content-hashed files.
pub async fn asset(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    app.web.immutable(&format!("assets/{file}"), &headers)
}

/// `GET /app` and below: the dashboard, which has its own router.
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
    framed(&app, "frame.html", &query.site, &headers).await
}

/// `GET /widget/basic?site=KEY`: the frame without WebAssembly. Hidden, it reports replies to the
/// loader; in place of a panel that could not start, it shows a form.
pub async fn basic_frame(
    State(app): State<App>,
    Query(query): Query<FrameQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    framed(&app, "basic.html", &query.site, &headers).await
}

/// A page that the site's origins may show in a frame, including pages with
/// `Cross-Origin-Embedder-Policy`. An origin that is not allowed is recorded for its admins.
async fn framed(app: &App, file: &str, key: &str, headers: &HeaderMap) -> ApiResult<Response> {
    let origins = sites::allowed_origins(&app.core, key, embedding_page(headers)).await?;
    let mut response = app.web.revalidated(file, headers);
    let policy = security::content_policy(
        "",
        &security::frame_ancestors(&origins, &app.config.origin()),
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(
        CROSS_ORIGIN_EMBEDDER_POLICY,
        HeaderValue::from_static("require-corp"),
    );
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("cross-origin"),
    );
    Ok(response)
}

/// The address of the embedding page; none if the frame is opened directly.
fn embedding_page(headers: &HeaderMap) -> Option<&str> {
    let is_document = headers
        .get(SEC_FETCH_DEST)
        .is_some_and(|destination| destination == "document");
    let referrer = headers.get(REFERER)?.to_str().ok()?;
    (!is_document).then_some(referrer)
}

/// A script that any page may load, regardless of its policies.
fn public_script(app: &App, name: &str, headers: &HeaderMap) -> Response {
    let mut response = app.web.revalidated(name, headers);
    let headers = response.headers_mut();
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("cross-origin"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
