//! The client's address, found behind proxies.
//!
//! The address is the peer's, unless the peer is a proxy that the operator trusts: then it is the
//! last hop before those proxies, as they name it. What anybody else writes into such a header
//! changes nothing.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Once;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::{FORWARDED, HeaderName};
use axum::http::request::Parts;
use deskbell_domain::client_address::ClientAddress;
use deskbell_domain::networks;
use ipnet::IpNet;

use crate::app::App;
use crate::error::ApiError;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// [`ClientAddress`] as an extractor.
pub struct FromAddress(pub ClientAddress);

impl FromRequestParts<App> for FromAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(client_of(parts, &app.config.trusted_proxies).into()))
    }
}

/// The address of whoever sent a request.
pub fn client_of(parts: &Parts, proxies: &[IpNet]) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(Ipv6Addr::UNSPECIFIED.into(), |info| info.0.ip());
    if parts.headers.contains_key(X_FORWARDED_FOR) && !networks::contain(proxies, peer) {
        // Anybody can send the header, but an operator who has forgotten a proxy should know.
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            tracing::warn!(%peer, "X-Forwarded-For of a proxy that is not trusted is ignored; see --trusted-proxies");
        });
    }
    client(peer, &parts.headers, proxies)
}

/// The client behind the proxies. A proxy writes one of the two headers and may pass the other on
/// as the client sent it, so where they disagree neither is believed and the proxy itself counts.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let told = [
        hops(headers, &X_FORWARDED_FOR, |hop| Some(hop)),
        hops(headers, &FORWARDED, forwarded_for),
    ];
    let mut clients = told
        .into_iter()
        .flatten()
        .map(|hops| last_untrusted(peer, &hops, proxies));
    match (clients.next(), clients.next()) {
        (None, _) => peer,
        (Some(client), None) => client,
        (Some(one), Some(other)) if one == other => one,
        (Some(_), Some(_)) => peer,
    }
}

/// From the nearest hop outwards, as far as those that speak are trusted.
fn last_untrusted(peer: IpAddr, hops: &[Option<IpAddr>], proxies: &[IpNet]) -> IpAddr {
    let mut client = peer;
    for hop in hops.iter().rev() {
        match hop {
            Some(hop) if networks::contain(proxies, client) => client = *hop,
            _ => break,
        }
    }
    client
}

/// The hops of a header, the nearest last; `None` for one that is not an address. No header: `None`.
fn hops(
    headers: &HeaderMap,
    name: &HeaderName,
    node: fn(&str) -> Option<&str>,
) -> Option<Vec<Option<IpAddr>>> {
    let mut lines = headers.get_all(name).iter().peekable();
    lines.peek()?;
    let lines = lines.map(|line| line.to_str().unwrap_or_default());
    let hops = lines.flat_map(|line| line.split(','));
    Some(
        hops.map(|hop| node(hop.trim()).and_then(parse_node))
            .collect(),
    )
}

/// The `for` of a hop as RFC 7239 writes it: `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_for(hop: &str) -> Option<&str> {
    hop.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for")
            .then(|| value.trim_matches('"'))
    })
}

/// An address, with a port or without.
fn parse_node(node: &str) -> Option<IpAddr> {
    let bare = node.trim_start_matches('[').trim_end_matches(']');
    let ip: Option<IpAddr> = bare.parse().ok();
    ip.or_else(|| Some(node.parse::<SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn asked(peer: &str, headers: &[(&'static str, &str)]) -> IpAddr {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header"));
        }
        let proxies =
            networks::parse_setting("trusted-proxies", "10.0.0.0/8, ::1").expect("networks");
        client(ip(peer), &map, &proxies)
    }

    #[test]
    fn a_header_of_a_stranger_changes_nothing() {
        let forged = [("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(asked("203.0.113.9", &forged), ip("203.0.113.9"));
    }

    #[test]
    fn the_last_hop_that_no_proxy_of_ours_is_counts() {
        let forged_then_real = [("x-forwarded-for", "1.2.3.4, 203.0.113.9, 10.0.0.7")];
        assert_eq!(asked("10.0.0.1", &forged_then_real), ip("203.0.113.9"));
        let lines = [
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-for", "203.0.113.9"),
        ];
        assert_eq!(asked("::ffff:10.0.0.1", &lines), ip("203.0.113.9"));
        let forwarded = [(
            "forwarded",
            "for=1.2.3.4, For=\"[2001:db8::9]:47\";proto=https",
        )];
        assert_eq!(asked("::1", &forwarded), ip("2001:db8::9"));
    }

    #[test]
    fn what_is_no_address_ends_the_search_at_the_proxy_that_wrote_it() {
        for nonsense in ["unknown", "_hidden", "", "1.2.3.4.5", "1.2.3.4, secret"] {
            let headers = [("x-forwarded-for", nonsense)];
            assert_eq!(asked("10.0.0.1", &headers), ip("10.0.0.1"), "{nonsense}");
        }
    }

    #[test]
    fn headers_that_disagree_are_both_disbelieved() {
        let one_forged = [
            ("x-forwarded-for", "203.0.113.9"),
            ("forwarded", "for=1.2.3.4"),
        ];
        assert_eq!(asked("10.0.0.1", &one_forged), ip("10.0.0.1"));
    }
}
