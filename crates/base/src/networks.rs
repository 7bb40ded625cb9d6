//! Networks: their notation, and which addresses they contain.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv6Net};

use crate::error::{AppError, AppResult};

/// The largest networks that can be blocked, in bits of their prefix.
const LEAST_BITS: (u8, u8) = (16, 32);
/// The prefix that a provider gives one customer in IPv6.
const IPV6_BITS: u8 = 64;

/// Whether the address belongs to one of the networks.
pub fn contain(networks: &[IpNet], ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    networks.iter().any(|network| network.contains(&ip))
}

/// Parses networks as in `10.0.0.0/8, ::1`; or returns a line for each that is invalid.
pub fn parse_setting(setting: &str, text: &str) -> Result<Vec<IpNet>, Vec<String>> {
    let mut networks = Vec::new();
    let mut wrong = Vec::new();
    for part in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let address = part.parse::<IpAddr>().map(IpNet::from).ok();
        match address.or_else(|| part.parse().ok()) {
            Some(network) => networks.push(network),
            None => wrong.push(format!(
                "{setting}: \"{part}\" is not a network; write it like 10.0.0.0/8 or ::1"
            )),
        }
    }
    if wrong.is_empty() {
        Ok(networks)
    } else {
        Err(wrong)
    }
}

/// Parses a network and normalises it: no bits after the prefix, IPv4-mapped networks as IPv4.
pub fn parse_network(text: &str) -> AppResult<IpNet> {
    let refused = |message: &str| Err(AppError::invalid("network", message));
    let text = text.trim();
    let network = match (text.parse::<IpAddr>(), text.parse::<IpNet>()) {
        (Ok(ip), _) => of_address(ip),
        (_, Ok(network)) => plain(network),
        _ => {
            return refused("Enter a network like 203.0.113.9, 203.0.113.0/24 or 2001:db8::/48.");
        }
    };
    let least = match network {
        IpNet::V4(_) => LEAST_BITS.0,
        IpNet::V6(_) => LEAST_BITS.1,
    };
    if network.prefix_len() < least {
        return refused(
            "This network is too large. The prefix needs at least 16 bits (IPv4) or 32 bits (IPv6).",
        );
    }
    Ok(network)
}

fn of_address(ip: IpAddr) -> IpNet {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip).into(),
        IpAddr::V6(ip) => match Ipv6Net::new(ip, IPV6_BITS) {
            Ok(network) => IpNet::V6(network.trunc()),
            Err(_) => IpAddr::V6(ip).into(),
        },
    }
}

/// `::ffff:203.0.113.0/120` is `203.0.113.0/24`.
fn plain(network: IpNet) -> IpNet {
    const MAPPED_BITS: u8 = 96;
    let network = network.trunc();
    let inner = network.prefix_len().checked_sub(MAPPED_BITS);
    match (network.addr().to_canonical(), inner) {
        (ip @ IpAddr::V4(_), Some(bits)) if matches!(network, IpNet::V6(_)) => {
            IpNet::new(ip, bits).unwrap_or(network)
        }
        _ => network,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        parse_network(text).ok().map(|network| network.to_string())
    }

    #[test]
    fn a_network_is_stored_in_one_form_however_it_is_written() {
        let same = [
            ("203.0.113.9", "203.0.113.9/32"),
            ("::ffff:203.0.113.9", "203.0.113.9/32"),
            ("203.0.113.9/24", "203.0.113.0/24"),
            ("::ffff:203.0.113.9/120", "203.0.113.0/24"),
            ("2001:db8::1", "2001:db8::/64"),
            (" 2001:DB8:0:1::1/128 ", "2001:db8:0:1::1/128"),
        ];
        for (written, kept) in same {
            assert_eq!(parsed(written).as_deref(), Some(kept), "{written}");
        }
    }

    #[test]
    fn networks_that_are_too_large_are_refused() {
        for text in [
            "0.0.0.0/0",
            "10.0.0.0/8",
            "::/0",
            "2000::/3",
            "::ffff:0:0/96",
            "shop.example",
            "",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn a_mapped_ipv4_address_is_matched_by_its_ipv4_network() {
        let networks = [parse_network("203.0.113.0/24").expect("a network")];
        for ip in ["203.0.113.77", "::ffff:203.0.113.77"] {
            assert!(contain(&networks, ip.parse().expect("an address")), "{ip}");
        }
        assert!(!contain(
            &networks,
            "203.0.114.1".parse().expect("an address")
        ));
    }
}
