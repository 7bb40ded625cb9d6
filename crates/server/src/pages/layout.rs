//! The layout of public pages, and their rendering.

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::Response;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use crate::app::App;
use crate::security;

/// Renders a page. `sources` is an additional origin of scripts and frames.
pub async fn render<V: IntoView + 'static>(
    request: Request,
    sources: Option<String>,
    page: impl Fn() -> V + Clone + Send + Sync + 'static,
) -> Response<Body> {
    let handler = leptos_axum::render_app_async_with_context(
        || {},
        move || {
            set_policy(sources.as_deref());
            page()
        },
    );
    handler(request).await
}

/// leptos writes one inline script; its nonce is in the policy.
fn set_policy(sources: Option<&str>) {
    let nonce = use_nonce()
        .map(|nonce| nonce.to_string())
        .unwrap_or_default();
    let mut policy = security::content_policy(&nonce, "'none'");
    if let Some(origin) = sources {
        policy = policy.replace("script-src 'self'", &format!("script-src 'self' {origin}"));
        policy = policy.replace("frame-src 'self'", &format!("frame-src 'self' {origin}"));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        expect_context::<ResponseOptions>().insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// The path of the public pages' style sheet; none before the web files are built.
pub fn style(app: &App) -> String {
    app.web.path("pages.css").unwrap_or_default().to_owned()
}

/// A document with a title and our head.
#[component]
pub fn Document(
    #[prop(into)] title: String,
    /// Path of the style sheet.
    #[prop(into)]
    style: String,
    children: Children,
) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>{title}</title>
                <link rel="stylesheet" href=style />
                <link rel="icon" href="data:," />
            </head>
            <body>{children()}</body>
        </html>
    }
}

/// The logo: a desk bell.
#[component]
pub fn BellMark() -> impl IntoView {
    view! {
        <svg class="bell-mark" viewBox="0 0 32 32" width="32" height="32" fill="none" aria-hidden="true">
            <path d="M4 22a12 12 0 0 1 24 0z" fill="currentColor" />
            <rect x="2" y="24" width="28" height="3.5" rx="1.75" fill="currentColor" />
            <path d="M16 10V6.5M12.5 6h7" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" />
        </svg>
    }
}
