//! The error page: the HTML for browsers where programs get JSON.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::layout::{Card, Document, PageAssets, PageContext, render};

/// Renders an error.
pub async fn error(context: &PageContext, status: StatusCode, message: String) -> Response {
    let title = title(status);
    let page =
        move |assets| view! { <ErrorPage assets=assets title=title message=message.clone() /> };
    let mut response = render(context, Request::default(), None, page).await;
    *response.status_mut() = status;
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
