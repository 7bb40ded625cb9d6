//! The layout of public pages, and their rendering.

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::Response;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

/// The server's part of every page.
#[derive(Clone)]
pub struct PageContext {
    pub assets: PageAssets,
    /// Writes the content security policy of a page whose inline script has this nonce.
    pub policy: fn(nonce: &str) -> String,
}

/// The paths of the web files that every public page loads; empty before the web files are built.
#[derive(Clone)]
pub struct PageAssets {
    pub style: String,
    pub icon: String,
    pub copy_script: Option<String>,
    pub contents_script: Option<String>,
}

/// Renders a page. `sources` is an additional origin of scripts and frames.
pub(crate) async fn render<V: IntoView + 'static>(
    context: &PageContext,
    request: Request,
    sources: Option<String>,
    page: impl Fn(PageAssets) -> V + Clone + Send + Sync + 'static,
) -> Response<Body> {
    let PageContext { assets, policy } = context.clone();
    let handler = leptos_axum::render_app_async_with_context(
        || {},
        move || {
            set_policy(policy, sources.as_deref());
            page(assets.clone())
        },
    );
    handler(request).await
}

/// Sets the content security policy, with the nonce of the one inline script, which leptos writes.
fn set_policy(policy: fn(&str) -> String, sources: Option<&str>) {
    let nonce = use_nonce()
        .map(|nonce| nonce.to_string())
        .unwrap_or_default();
    let mut policy = policy(&nonce);
    if let Some(origin) = sources {
        policy = policy.replace("script-src 'self'", &format!("script-src 'self' {origin}"));
        policy = policy.replace("frame-src 'self'", &format!("frame-src 'self' {origin}"));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        expect_context::<ResponseOptions>().insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// A document with a title and our head.
#[component]
pub fn Document(
    #[prop(into)] title: String,
    assets: PageAssets,
    /// Whether the page has copy buttons.
    #[prop(optional)]
    can_copy: bool,
    /// Whether the page has a table of contents that marks the current place.
    #[prop(optional)]
    has_contents: bool,
    children: Children,
) -> impl IntoView {
    let scripts = [
        assets.copy_script.filter(|_| can_copy),
        assets.contents_script.filter(|_| has_contents),
    ];
    let scripts = scripts.into_iter().flatten();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>{title}</title>
                <link rel="stylesheet" href=assets.style />
                <link rel="icon" type="image/svg+xml" href=assets.icon />
                {scripts.map(|path| view! { <script type="module" src=path></script> }).collect_view()}
            </head>
            <body>{children()}</body>
        </html>
    }
}

/// A card in the middle of the page: the logo, a heading, a sentence and the content. The sign-in
/// page of the dashboard looks the same.
#[component]
pub fn Card(
    #[prop(into)] title: String,
    #[prop(into)] lead: String,
    /// Whether its content needs more room than a form.
    #[prop(optional)]
    is_wide: bool,
    children: Children,
) -> impl IntoView {
    let class = if is_wide {
        "entry-card entry-wide"
    } else {
        "entry-card"
    };
    view! {
        <main class="entry">
            <div class=class>
                <header>
                    <BellMark is_large=true />
                    <h1>{title}</h1>
                    <p>{lead}</p>
                </header>
                {children()}
            </div>
        </main>
    }
}

/// The logo: a desk bell.
#[component]
pub fn BellMark(#[prop(optional)] is_large: bool) -> impl IntoView {
    const BELL: &str = include_str!("../../../design/bell-mark.svg");
    let class = if is_large {
        "bell-mark bell-mark-large"
    } else {
        "bell-mark"
    };
    view! { <span class=class aria-hidden="true" inner_html=BELL></span> }
}

/// A text to copy, with a button that copies it. Without JavaScript the button stays hidden, and the
/// text can be selected.
#[component]
pub fn Snippet(
    /// Its id, unique on the page.
    #[prop(into)]
    id: String,
    /// The accessible name.
    #[prop(into)]
    label: String,
    /// The label of the button.
    #[prop(default = "Copy")]
    copy: &'static str,
    /// Whether copying is the main action of the page.
    #[prop(default = false)]
    is_main: bool,
    #[prop(into)] text: String,
) -> impl IntoView {
    let copied = format!("{id}-copied");
    let class = match is_main {
        true => "button button-primary button-large",
        false => "button",
    };
    let describes = copied.clone();
    view! {
        <div class="snippet">
            <pre id=id.clone() tabindex="0" role="region" aria-label=label><code>{text}</code></pre>
            <p class="snippet-copy">
                <button class=class type="button" hidden data-copies=id aria-describedby=describes>{copy}</button>
                <span id=copied role="status"></span>
            </p>
        </div>
    }
}

/// The icon beside an error.
#[component]
pub fn AlertIcon() -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <circle cx="12" cy="12" r="9" />
            <path d="M12 7.5v5M12 16.2v.1" />
        </svg>
    }
}
