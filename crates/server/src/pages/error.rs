//! Error pages: HTML for browsers where programs get JSON.

use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use deskbell_protocol::ErrorBody;

use crate::app::App;
use crate::pages::context::context;

/// Middleware that converts the JSON of an error to a page, if a person has navigated to the URL.
pub async fn error_pages(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_page = !request.uri().path().starts_with("/api/v1") && accepts_html(request.headers());
    let mut response = next.run(request).await;
    if !is_page {
        return response;
    }
    match response.extensions_mut().remove::<ErrorBody>() {
        Some(error) => {
            let status = response.status();
            let retry_after = response.headers_mut().remove(RETRY_AFTER);
            page(&app, status, retry_after, error).await
        }
        None => response,
    }
}

/// Browsers accept `text/html` when they navigate, and not for scripts, styles and images.
fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

async fn page(
    app: &App,
    status: StatusCode,
    retry_after: Option<HeaderValue>,
    error: ErrorBody,
) -> Response {
    let mut response = deskbell_pages::error(&context(app), status, error.message).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, seconds);
    }
    response
}
