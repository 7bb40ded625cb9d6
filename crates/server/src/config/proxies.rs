//! Settings of trusted proxies: their networks, and the header in which they name a client's address.

use std::net::IpAddr;

use deskbell_base::networks;
use http::header::{self, HeaderName};
use ipnet::IpNet;

pub static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub static FORWARDED: HeaderName = header::FORWARDED;
/// nginx's usual header for one address.
pub static X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The header in which a trusted proxy writes the client's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`: a list of addresses, the nearest hop last.
    XForwardedFor,
    /// `Forwarded` (RFC 7239): a list of `for=` elements, the nearest hop last.
    Forwarded,
    /// Any other header, such as `X-Real-IP`: one address, the client's.
    Single(HeaderName),
}

impl ProxyHeader {
    /// Parses the name of a header; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let name: HeaderName = text.trim().parse().ok()?;
        if name == X_FORWARDED_FOR {
            Some(Self::XForwardedFor)
        } else if name == FORWARDED {
            Some(Self::Forwarded)
        } else {
            Some(Self::Single(name))
        }
    }

    /// The name of the header.
    pub fn name(&self) -> &HeaderName {
        match self {
            Self::XForwardedFor => &X_FORWARDED_FOR,
            Self::Forwarded => &FORWARDED,
            Self::Single(name) => name,
        }
    }
}

/// The proxies that may name a client's address, and the header in which they do it.
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    pub networks: Vec<IpNet>,
    pub header: ProxyHeader,
}

impl TrustedProxies {
    /// Whether `ip` belongs to a trusted proxy.
    pub fn contain(&self, ip: IpAddr) -> bool {
        networks::contain(&self.networks, ip)
    }
}
