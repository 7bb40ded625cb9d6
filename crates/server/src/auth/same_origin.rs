//! Whether a request comes from our own pages.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use url::Url;

/// The header that our own pages set on every write. A foreign page cannot set it without asking
/// first (CORS), and is told no.
pub const WRITE_HEADER: &str = "x-deskbell";

/// Whether the `Origin` of the request, if it names one, is the host that was asked.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let (Ok(origin), Some(host)) = (
        origin.to_str(),
        headers.get(HOST).and_then(|host| host.to_str().ok()),
    ) else {
        return false;
    };
    let Ok(origin) = Url::parse(origin) else {
        return false;
    };
    match (origin.host_str(), origin.port()) {
        (Some(name), Some(port)) => host.eq_ignore_ascii_case(&format!("{name}:{port}")),
        (Some(name), None) => host.eq_ignore_ascii_case(name),
        (None, _) => false,
    }
}
