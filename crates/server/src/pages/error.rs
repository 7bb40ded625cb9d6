//! Error pages: the HTML for browsers where programs get JSON.

use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use deskbell_protocol::ErrorBody;
use leptos::prelude::*;

use crate::app::App;
use crate::pages::layout::{Card, Document, PageAssets, render};

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
    let assets = PageAssets::of(app);
    let title = title(status);
    let message = error.message;
    let page =
        move || view! { <ErrorPage assets=assets.clone() title=title message=message.clone() /> };
    let mut response = render(Request::default(), None, page).await;
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, seconds);
    }
    response
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::FORBIDDEN => "No access",
        StatusCode::TOO_MANY_REQUESTS => "Too many requests",
        StatusCode::SERVICE_UNAVAILABLE => "Temporarily unavailable",
        status if status.is_server_error() => "Something went wrong",
        _ => "This didn't work",
    }
}

#[component]
fn ErrorPage(assets: PageAssets, title: &'static str, message: String) -> impl IntoView {
    view! {
        <Document title=format!("{title} · Deskbell") assets=assets>
            <Card title=title lead=message>
                <nav class="actions" aria-label="Where to go">
                    <a class="button button-primary button-large" href="/">"Go to the start page"</a>
                </nav>
            </Card>
        </Document>
    }
}
