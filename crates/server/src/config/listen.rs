//! The address to listen on, and the address of the pages that follows from it.

use std::net::{IpAddr, SocketAddr};

const DEFAULT: &str = "127.0.0.1:8080";

/// Parses the setting; an error is one line.
pub(super) fn parse(text: Option<&str>) -> Result<SocketAddr, String> {
    let text = text.unwrap_or(DEFAULT);
    text.parse().map_err(|_| {
        let cause = explain(text);
        format!("listen: {cause}; write it like {DEFAULT}, or 0.0.0.0:8080 for all networks")
    })
}

fn explain(text: &str) -> String {
    if text.parse::<IpAddr>().is_ok() {
        return format!("\"{text}\" has no port");
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return format!("\"{text}\" is not an address and a port");
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    if port.parse::<u16>().is_err() {
        format!("the port \"{port}\" is not a number from 0 to 65535")
    } else if address.parse::<IpAddr>().is_err() {
        format!("\"{host}\" is not an IP address")
    } else {
        format!("\"{text}\" is not an address and a port")
    }
}

/// The URL by which a browser on this machine reaches the server.
pub(super) fn local_url(listen: SocketAddr) -> String {
    match listen.ip().is_unspecified() {
        // All networks: their common address cannot be opened everywhere.
        true => format!("http://localhost:{}", listen.port()),
        false => format!("http://{listen}"),
    }
}
