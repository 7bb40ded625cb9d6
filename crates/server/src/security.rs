//! Middleware that sets the security headers of every response.

use axum::extract::Request;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use deskbell_base::origins;

use crate::app::App;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Builds the Content-Security-Policy of a page. `nonce` allows one inline script (empty: none);
/// `frame_ancestors` is the source list of pages that may frame it.
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

/// Builds the source list of a site's origins; without any it is `'none'`.
///
/// Each is parsed again: the database may hold some that an older version accepted, and what is not
/// an origin could add directives to the policy. Our own origin (`own`) is one in any case; that of a
/// demo may be `http://`.
pub fn frame_ancestors(origins: &[String], own: &str) -> String {
    let parse = |origin: &String| match origin == own {
        true => Some(origin.clone()),
        false => origins::parse(origin),
    };
    let origins: Vec<_> = origins.iter().filter_map(parse).collect();
    match origins.as_slice() {
        [] => "'none'".to_owned(),
        origins => origins.join(" "),
    }
}

/// Adds the headers that a response does not have yet.
///
/// Answers of the API and the set-up page contain tokens, links and messages, so no cache may store
/// them.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_private = path.starts_with("/api") || path.starts_with("/setup");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if is_private {
        default(headers, CACHE_CONTROL, "no-store");
    }
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
