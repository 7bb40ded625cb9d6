//! The headers that keep our pages ours.

use axum::extract::Request;
use axum::extract::State;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// A policy for one of our pages. `nonce` allows that one inline script (empty: none);
/// `frame_ancestors` is who may show the page in a frame.
pub fn content_policy(nonce: &str, frame_ancestors: &str) -> String {
    let nonce = if nonce.is_empty() {
        String::new()
    } else {
        format!(" 'nonce-{nonce}'")
    };
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{nonce}; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
         manifest-src 'self'; frame-ancestors {frame_ancestors}"
    )
}

/// The origins of a site, as a source list. None: nobody.
pub fn frame_ancestors(origins: &[String]) -> String {
    match origins {
        [] => "'none'".to_owned(),
        origins => origins.join(" "),
    }
}

/// Adds the headers that a response does not carry yet.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let policy = HeaderValue::from_str(&content_policy("", "'none'"));
        headers.insert(
            CONTENT_SECURITY_POLICY,
            policy.expect("the policy is plain ASCII"),
        );
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    default(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, REFERRER_POLICY, "strict-origin-when-cross-origin");
    default(
        headers,
        PERMISSIONS_POLICY,
        "camera=(), microphone=(), geolocation=(), payment=()",
    );
    default(headers, CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    default(headers, CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    if app.config.is_secure() {
        default(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}
