//! Free ports for servers that are started as processes.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that the system gives to outgoing connections: there, somebody who connects
/// while a server is away could be given its port. Nor do two servers of this process share one.
pub fn free_address() -> Option<SocketAddr> {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).ok()?;
    std::iter::repeat_with(|| first + TRIED.fetch_add(1, Ordering::Relaxed))
        .take_while(|port| *port < 32_000)
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .find(|address| TcpListener::bind(address).is_ok())
}
