//! The client address of a request: the key of rate limits and of network blocks.
//!
//! The address is the peer's, unless the peer is a proxy that the operator trusts. Then it is the
//! last hop before those proxies, as the one header says that `--proxy-header` names. All other
//! headers of the kind are ignored, because a proxy passes on what a client has written into them.

mod forwarded;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Once;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use axum::http::request::Parts;
use deskbell_base::client_address::ClientAddress;

use crate::app::App;
use crate::config::proxies::{FORWARDED, TrustedProxies, X_FORWARDED_FOR, X_REAL_IP};
use crate::error::ApiError;

/// Extractor of the [`ClientAddress`].
pub struct FromAddress(pub ClientAddress);

impl FromRequestParts<App> for FromAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(client_of(parts, &app.config.proxies).into()))
    }
}

/// The client address of a request, from the peer and the header of a trusted proxy.
pub fn client_of(parts: &Parts, proxies: &TrustedProxies) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(Ipv6Addr::UNSPECIFIED.into(), |info| info.0.ip());
    warn_once(peer, &parts.headers, proxies);
    forwarded::client(peer, &parts.headers, proxies)
}

/// Logs a likely mistake in the settings, once. Any client can send such a header, but an operator
/// who forgot a proxy or named the wrong header should find out.
fn warn_once(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) {
    static UNTRUSTED: Once = Once::new();
    static NO_HEADER: Once = Once::new();
    let header = proxies.header.name();
    match (proxies.contain(peer), headers.contains_key(header)) {
        (false, true) => UNTRUSTED.call_once(|| {
            tracing::warn!(%peer, %header, "ignored the header of a proxy that is not trusted; see --trusted-proxies");
        }),
        (true, false) if has_other(headers, header) => NO_HEADER.call_once(|| {
            tracing::warn!(%peer, %header, "a trusted proxy did not send the expected header, so its own address counts; see --proxy-header");
        }),
        _ => {}
    }
}

fn has_other(headers: &HeaderMap, header: &HeaderName) -> bool {
    let mut known = [&X_FORWARDED_FOR, &FORWARDED, &X_REAL_IP].into_iter();
    known.any(|name| name != header && headers.contains_key(name))
}
