//! Whether a request comes from our own pages.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use url::{Host, Url};

use crate::config::Config;

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

/// Whether the request comes from our own pages under a name that is ours for certain: the public
/// address, a number, or localhost. Any other name may be a stranger's that was made to lead to this
/// machine (DNS rebinding), unless nobody said what ours is and others reach us by it.
pub fn is_under_own_name(config: &Config, headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let Some(origin) = origin.and_then(|origin| Url::parse(origin).ok()) else {
        return is_same_origin(headers);
    };
    if origin.origin() == config.public_url.origin() {
        return true;
    }
    let is_stranger = match origin.host() {
        Some(Host::Domain(name)) => name != "localhost" && !config.takes_any_name,
        _ => false,
    };
    !is_stranger && is_same_origin(headers)
}
