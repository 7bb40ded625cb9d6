//! The client's address, and the key under which rate limits count it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use deskbell_protocol::api::workspace::IpMode;

/// The IPv6 prefix that a provider assigns to one customer.
const IPV6_PREFIX: u32 = 64;
/// The prefix of a truncated IPv6 address: the network of a house or an office.
const TRUNCATED_PREFIX: u32 = 48;

/// A client address. Rate limits count an IPv4 address, or the /64 network of an IPv6 address, as
/// one client. An IPv4 network is shared by strangers, so neighbouring IPv4 addresses count
/// separately.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The key of rate limits.
    pub fn key(self) -> u128 {
        match self.0 {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
            IpAddr::V6(ip) => leading(ip, IPV6_PREFIX).to_bits(),
        }
    }

    /// The whole address; an IPv4-mapped address as IPv4.
    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// The part of the address that a workspace stores.
    pub fn kept(self, mode: IpMode) -> Option<String> {
        match (mode, self.0) {
            (IpMode::Full, ip) => Some(ip.to_string()),
            (IpMode::Truncated, IpAddr::V4(ip)) => {
                let [a, b, c, _] = ip.octets();
                Some(Ipv4Addr::new(a, b, c, 0).to_string())
            }
            (IpMode::Truncated, IpAddr::V6(ip)) => Some(leading(ip, TRUNCATED_PREFIX).to_string()),
            (IpMode::None | IpMode::Other(_), _) => None,
        }
    }
}

impl PartialEq for ClientAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for ClientAddress {}

impl From<IpAddr> for ClientAddress {
    fn from(ip: IpAddr) -> Self {
        Self(ip.to_canonical())
    }
}

fn leading(ip: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(ip.to_bits() >> (128 - bits) << (128 - bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn ipv6_addresses_of_one_64_network_count_as_one_client_and_ipv4_neighbours_do_not() {
        let address = |text| ClientAddress::from(ip(text));
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_ne!(address("203.0.113.9"), address("203.0.113.10"));
        assert_eq!(address("203.0.113.9"), address("::ffff:203.0.113.9"));
    }

    #[test]
    fn an_address_is_stored_as_far_as_the_workspace_allows() {
        let kept = |text, mode| ClientAddress::from(ip(text)).kept(mode);
        for (mode, v4, v6) in [
            (IpMode::Full, Some("203.0.113.9"), Some("2001:db8:1:2::9")),
            (IpMode::Truncated, Some("203.0.113.0"), Some("2001:db8:1::")),
            (IpMode::None, None, None),
        ] {
            assert_eq!(kept("::ffff:203.0.113.9", mode).as_deref(), v4);
            assert_eq!(kept("2001:db8:1:2::9", mode).as_deref(), v6);
        }
    }
}
