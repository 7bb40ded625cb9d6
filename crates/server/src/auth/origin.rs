//! Where a request comes from, as the audit log and the list of sessions tell it.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::app::App;
use crate::error::AppError;
use crate::limits::address::client_of;

/// Of what a browser says about itself, so much is kept.
const USER_AGENT_CHARS: usize = 200;

/// The client's address and program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub ip: IpAddr,
    /// As the client says, without what could break a line; may be empty.
    pub user_agent: String,
}

impl Origin {
    /// The client of a request.
    pub fn of(parts: &Parts, app: &App) -> Self {
        let agent = parts.headers.get(USER_AGENT);
        let agent = agent.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let printable = |c: &char| !c.is_control();
        Self {
            ip: client_of(parts, &app.config.trusted_proxies).to_canonical(),
            user_agent: agent.map_or_else(String::new, |agent| {
                agent
                    .chars()
                    .filter(printable)
                    .take(USER_AGENT_CHARS)
                    .collect()
            }),
        }
    }

    /// The address as people write it.
    pub fn address(&self) -> String {
        self.ip.to_string()
    }

    /// Whether this client is in the network of `address`: the same /24 of IPv4 or /64 of IPv6. Within
    /// one, devices change their addresses by themselves (privacy addresses, a new lease).
    pub fn is_near(&self, address: &str) -> bool {
        let network = |ip: IpAddr| {
            let prefix = if ip.is_ipv4() { 24 } else { 64 };
            IpNet::new(ip, prefix).ok().map(|network| network.trunc())
        };
        let other: Option<IpAddr> = address.parse().ok();
        other.is_some_and(|other| network(other.to_canonical()) == network(self.ip))
    }
}

impl FromRequestParts<App> for Origin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        Ok(Self::of(parts, app))
    }
}
