//! CSRF protection: checks by its `Origin` whether a request comes from our own pages.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use url::{Host, Url};

use crate::config::Config;

/// The header that our own pages set on every write. A foreign page cannot set it without a CORS
/// preflight, which is refused.
pub const WRITE_HEADER: &str = "x-deskbell";

/// Whether the `Origin` of a request, if there is one, is the address that was requested.
///
/// The scheme is compared where the server knows its own: under the public address. Under another
/// name, such as a number or localhost, a proxy may or may not have removed TLS.
pub fn is_same_origin(config: &Config, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let origin = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let (Some(origin), Some(host)) = (origin, host) else {
        return false;
    };
    if !matches!(origin.scheme(), "http" | "https") || !is_host(&origin, host) {
        return false;
    }
    let public = &config.public_url;
    origin.host() != public.host()
        || origin.port() != public.port()
        || origin.scheme() == public.scheme()
}

/// Whether the `Host` header names the host and port of this origin.
fn is_host(origin: &Url, host: &str) -> bool {
    match (origin.host_str(), origin.port()) {
        (Some(name), Some(port)) => host.eq_ignore_ascii_case(&format!("{name}:{port}")),
        (Some(name), None) => host.eq_ignore_ascii_case(name),
        (None, _) => false,
    }
}

/// Whether a request comes from our own pages under a name that is certainly ours: the public address,
/// a number, or localhost. Another name may be a stranger's that resolves to this machine (DNS
/// rebinding), unless no public address is set and other machines reach the server by that name.
pub fn is_under_own_name(config: &Config, headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let Some(origin) = origin.and_then(|origin| Url::parse(origin).ok()) else {
        return is_same_origin(config, headers);
    };
    if origin.origin() == config.public_url.origin() {
        return true;
    }
    let is_stranger = match origin.host() {
        Some(Host::Domain(name)) => name != "localhost" && !config.takes_any_name,
        _ => false,
    };
    !is_stranger && is_same_origin(config, headers)
}
