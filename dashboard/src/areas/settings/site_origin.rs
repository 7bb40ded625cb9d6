//! The rule of the server for the scheme of a site's address.

/// Whether the server accepts an address of a page: `https://`, or `http://` on this machine.
pub(crate) fn has_accepted_scheme(origin: &str) -> bool {
    if origin.starts_with("https://") {
        return true;
    }
    let Some(authority) = origin.strip_prefix("http://") else {
        return false;
    };
    // The address of IPv6 is in brackets, because it contains colons.
    let host = match authority.split_once(']') {
        Some((host, _)) => host.trim_start_matches('['),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_loopback = host
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    host == "localhost" || host.ends_with(".localhost") || is_loopback
}

#[cfg(test)]
mod tests {
    use super::has_accepted_scheme;

    #[test]
    fn http_is_accepted_on_this_machine_only() {
        for accepted in [
            "https://shop.example",
            "https://shop.example:8443",
            "http://localhost",
            "http://localhost:3000",
            "http://shop.localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
        ] {
            assert!(has_accepted_scheme(accepted), "{accepted}");
        }
        for refused in [
            "http://shop.example",
            "http://shop.example:3000",
            "http://192.168.1.20",
            "http://localhost.example",
            "http://[2001:db8::1]",
            "shop.example",
        ] {
            assert!(!has_accepted_scheme(refused), "{refused}");
        }
    }
}
