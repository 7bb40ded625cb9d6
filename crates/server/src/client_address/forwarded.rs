//! The rule that finds a client's address in the headers of proxies: `X-Forwarded-For`, `Forwarded`
//! (RFC 7239), or one with a single address.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use http::header::HeaderName;

use crate::config::proxies::{FORWARDED, ProxyHeader, TrustedProxies, X_FORWARDED_FOR};

/// The client address behind the trusted proxies: the last hop that is not one of them.
///
/// The search stops at a hop that is not an address. Then the proxy that wrote it counts.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, proxies: &TrustedProxies) -> IpAddr {
    let hops = match &proxies.header {
        ProxyHeader::XForwardedFor => hops(headers, &X_FORWARDED_FOR, |hop| Some(hop)),
        ProxyHeader::Forwarded => hops(headers, &FORWARDED, forwarded_for),
        // One address. Of several the last counts, because a proxy appends after the client's own.
        ProxyHeader::Single(name) => {
            let mut hops = hops(headers, name, |hop| Some(hop));
            hops.drain(..hops.len().saturating_sub(1));
            hops
        }
    };
    let mut client = peer;
    for hop in hops.iter().rev() {
        match hop {
            Some(hop) if proxies.contain(client) => client = *hop,
            _ => break,
        }
    }
    client
}

/// Parses the hops of a header, the nearest last. A hop that is not an address is `None`.
fn hops(
    headers: &HeaderMap,
    name: &HeaderName,
    node: fn(&str) -> Option<&str>,
) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).iter();
    let lines = lines.map(|line| line.to_str().unwrap_or_default());
    let hops = lines.flat_map(|line| line.split(','));
    hops.map(|hop| node(hop.trim()).and_then(parse_node))
        .collect()
}

/// The value of `for` in an element of RFC 7239: `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_for(hop: &str) -> Option<&str> {
    hop.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for")
            .then(|| value.trim_matches('"'))
    })
}

/// Parses an address with or without a port.
fn parse_node(node: &str) -> Option<IpAddr> {
    let bare = node.trim_start_matches('[').trim_end_matches(']');
    let ip: Option<IpAddr> = bare.parse().ok();
    ip.or_else(|| Some(node.parse::<SocketAddr>().ok()?.ip()))
}

/// The property that fuzzing tests: a header of an untrusted peer changes nothing, and hops that a
/// client has forged do not change the address that a trusted proxy names.
///
/// The first line chooses the header, each further line is one value of it.
#[cfg(any(test, fuzzing))]
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let header = match lines.next() {
        Some("forwarded") => "Forwarded",
        Some("single") => "X-Real-IP",
        _ => "X-Forwarded-For",
    };
    let proxy = IpAddr::from([10, 0, 0, 1]);
    let untrusted = IpAddr::from([203, 0, 113, 9]);
    let proxies = TrustedProxies {
        networks: vec![proxy.into()],
        header: ProxyHeader::parse(header).expect("the name of a header"),
    };
    let mut headers = HeaderMap::new();
    let mut forged = HeaderMap::new();
    let forgery = match header {
        "Forwarded" => "for=192.0.2.66",
        _ => "192.0.2.66",
    };
    let name = proxies.header.name();
    forged.append(name, http::HeaderValue::from_static(forgery));
    for line in lines.take(100) {
        if let Ok(value) = http::HeaderValue::from_str(line) {
            headers.append(name, value.clone());
            forged.append(name, value);
        }
    }
    assert_eq!(client(untrusted, &headers, &proxies), untrusted);
    let found = client(proxy, &headers, &proxies);
    if !proxies.contain(found) {
        assert_eq!(client(proxy, &forged, &proxies), found, "{text}");
    }
}

#[cfg(test)]
mod tests {
    use deskbell_base::networks;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn client_at(peer: &str, header: &str, headers: &[(&'static str, &str)]) -> IpAddr {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header"));
        }
        let proxies = TrustedProxies {
            networks: networks::parse_setting("trusted-proxies", "10.0.0.0/8, ::1")
                .expect("networks"),
            header: ProxyHeader::parse(header).expect("the name of a header"),
        };
        client(ip(peer), &map, &proxies)
    }

    fn by_x_forwarded_for(peer: &str, values: &[&str]) -> IpAddr {
        let headers: Vec<_> = values.iter().map(|it| ("x-forwarded-for", *it)).collect();
        client_at(peer, "X-Forwarded-For", &headers)
    }

    #[test]
    fn a_header_of_an_untrusted_peer_is_ignored() {
        let forged = [
            ("x-forwarded-for", "1.2.3.4"),
            ("forwarded", "for=1.2.3.4"),
            ("x-real-ip", "1.2.3.4"),
        ];
        for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP"] {
            let client = client_at("203.0.113.9", header, &forged);
            assert_eq!(client, ip("203.0.113.9"), "{header}");
        }
    }

    #[test]
    fn the_last_hop_that_is_not_a_trusted_proxy_is_the_client() {
        let forged_then_real = ["1.2.3.4, 203.0.113.9, 10.0.0.7"];
        let client = by_x_forwarded_for("10.0.0.1", &forged_then_real);
        assert_eq!(client, ip("203.0.113.9"));
        let two_lines = ["1.2.3.4", "203.0.113.9"];
        let client = by_x_forwarded_for("::ffff:10.0.0.1", &two_lines);
        assert_eq!(client, ip("203.0.113.9"));
        let forwarded = "for=1.2.3.4, For=\"[2001:db8::9]:47\";proto=https";
        let client = client_at("::1", "forwarded", &[("forwarded", forwarded)]);
        assert_eq!(client, ip("2001:db8::9"));
    }

    #[test]
    fn a_hop_that_is_not_an_address_ends_the_search_at_the_proxy_that_wrote_it() {
        for nonsense in ["unknown", "_hidden", "", "1.2.3.4.5", "1.2.3.4, secret"] {
            let client = by_x_forwarded_for("10.0.0.1", &[nonsense]);
            assert_eq!(client, ip("10.0.0.1"), "{nonsense}");
        }
    }

    #[test]
    fn only_the_header_that_the_proxy_writes_is_read() {
        let real = "203.0.113.9";
        let forged = "1.2.3.4";
        for (name, value) in [
            ("x-forwarded-for", real),
            ("forwarded", "for=203.0.113.9"),
            ("x-real-ip", real),
            ("cf-connecting-ip", real),
        ] {
            let others = [
                ("x-forwarded-for", forged),
                ("forwarded", "for=1.2.3.4"),
                ("x-real-ip", forged),
                ("cf-connecting-ip", forged),
            ];
            let mut headers: Vec<_> = others.into_iter().filter(|it| it.0 != name).collect();
            assert_eq!(
                client_at("10.0.0.1", name, &headers),
                ip("10.0.0.1"),
                "{name}"
            );
            headers.push((name, value));
            assert_eq!(client_at("10.0.0.1", name, &headers), ip(real), "{name}");
        }
    }

    #[test]
    fn the_last_of_several_single_addresses_counts() {
        let twice = [("x-real-ip", "1.2.3.4"), ("x-real-ip", "203.0.113.9")];
        assert_eq!(
            client_at("10.0.0.1", "x-real-ip", &twice),
            ip("203.0.113.9")
        );
        let listed = [("x-real-ip", "1.2.3.4, 203.0.113.9")];
        assert_eq!(
            client_at("10.0.0.1", "x-real-ip", &listed),
            ip("203.0.113.9")
        );
    }

    #[test]
    fn the_corpus_of_the_fuzzer_passes() {
        let seen = crate::fuzzed::each("forwarded", check);
        assert!(seen > 0, "there is a corpus");
    }
}
