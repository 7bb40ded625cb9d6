//! The client of a request, as the audit log and the list of sessions show it.

use std::net::IpAddr;

use ipnet::IpNet;

/// The client's address and user agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientInfo {
    pub ip: IpAddr,
    /// The user agent without control characters; may be empty.
    pub user_agent: String,
}

impl ClientInfo {
    /// The address as text.
    pub fn address(&self) -> String {
        self.ip.to_string()
    }

    /// Whether this client is in the network of `address`: the same /24 of IPv4 or /64 of IPv6.
    /// Within such a network, devices change their addresses by themselves (privacy addresses, a
    /// new lease).
    pub fn is_near(&self, address: &str) -> bool {
        let network = |ip: IpAddr| {
            let prefix = if ip.is_ipv4() { 24 } else { 64 };
            IpNet::new(ip, prefix).ok().map(|network| network.trunc())
        };
        let other: Option<IpAddr> = address.parse().ok();
        other.is_some_and(|other| network(other.to_canonical()) == network(self.ip))
    }
}
