//! Allowed origins of a site: the addresses of the pages that may show the widget.
//!
//! They become a source list in the `frame-ancestors` directive of a Content-Security-Policy. So
//! the parser accepts a scheme, a host and a port, and nothing that could end the directive.

use url::Host;

use crate::error::{AppError, AppResult};

/// The maximum number of allowed origins of a site.
const ORIGINS: usize = 50;
/// The prefix of a host that stands for all of its subdomains.
const SUBDOMAINS: &str = "*.";
/// The port that stands for every port; for this machine only.
const ANY_PORT: &str = "*";

/// Parses the allowed origins of a site. Empty ones are left out, and duplicates are merged.
pub fn allowed_origins(origins: &[String]) -> AppResult<Vec<String>> {
    let mut accepted = Vec::new();
    for origin in origins {
        let origin = origin.trim();
        if origin.is_empty() {
            continue;
        }
        let parsed = parse(origin).ok_or_else(|| {
            AppError::invalid(
                "allowed_origins",
                format!(
                    "\"{origin}\" is not a website address. Enter an address like https://shop.example, without a path (http:// only for localhost)."
                ),
            )
        })?;
        if !accepted.contains(&parsed) {
            accepted.push(parsed);
        }
    }
    if accepted.len() > ORIGINS {
        let message = format!("Enter at most {ORIGINS} website addresses.");
        return Err(AppError::invalid("allowed_origins", message));
    }
    Ok(accepted)
}

/// Parses an origin and returns its canonical form; `None` if it is not one.
///
/// Accepted are `https://host`, `https://*.host`, `http://localhost` and other names of this
/// machine, each with an optional port. Without a scheme it is `https://`, or `http://` for this
/// machine.
pub fn parse(origin: &str) -> Option<String> {
    let origin = origin.strip_suffix('/').unwrap_or(origin);
    let (scheme, authority) = match origin.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, origin),
    };
    let (host, port) = split_port(authority)?;
    let (prefix, host) = match host.strip_prefix(SUBDOMAINS) {
        Some(parent) => (SUBDOMAINS, parent),
        None => ("", host),
    };
    let host = Host::parse(host).ok().filter(is_plain)?;
    let is_this_machine = is_this_machine(&host);
    match &host {
        // `*.example` would be every website under a top-level domain.
        Host::Domain(name) if prefix.is_empty() || is_this_machine || name.contains('.') => {}
        Host::Ipv4(_) | Host::Ipv6(_) if prefix.is_empty() => {}
        _ => return None,
    }
    let scheme = match scheme.as_deref() {
        Some("https") => "https",
        Some("http") if is_this_machine => "http",
        None if is_this_machine => "http",
        None if is_public_name(&host) => "https",
        _ => return None,
    };
    let port = match port {
        None => String::new(),
        Some(ANY_PORT) if is_this_machine => format!(":{ANY_PORT}"),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            match (digits.parse::<u16>().ok()?, scheme) {
                (0, _) => return None,
                (443, "https") | (80, "http") => String::new(),
                (port, _) => format!(":{port}"),
            }
        }
        Some(_) => return None,
    };
    Some(format!("{scheme}://{prefix}{host}{port}"))
}

/// Splits `host:port`. The address of IPv6 is in brackets, because it contains colons.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let after_host = match authority.rfind(']') {
        Some(end) => end + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at(after_host);
    match rest.strip_prefix(':') {
        Some(port) if !port.is_empty() => Some((host, Some(port))),
        None if rest.is_empty() => Some((host, None)),
        _ => None,
    }
}

/// Whether a host consists of the characters of host names. The URL standard also accepts others
/// such as `;`, `,` and `'`, which have a meaning in a policy.
fn is_plain(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name.split('.').all(|label| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !label.is_empty() && label.bytes().all(allowed)
        }),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

/// Whether it could be a website: `shop.example` is one, `shop` without a scheme is a typing error.
fn is_public_name(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name.contains('.'),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_stored_in_one_form_however_it_is_written() {
        for (written, stored) in [
            ("https://shop.example", "https://shop.example"),
            ("HTTPS://Shop.Example/", "https://shop.example"),
            ("shop.example", "https://shop.example"),
            ("shop.example:8443", "https://shop.example:8443"),
            ("https://shop.example:443", "https://shop.example"),
            ("https://*.shop.example", "https://*.shop.example"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://localhost:*", "http://localhost:*"),
            ("http://localhost:80", "http://localhost"),
            ("localhost:3000", "http://localhost:3000"),
            ("http://*.localhost:3000", "http://*.localhost:3000"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://203.0.113.9", "https://203.0.113.9"),
        ] {
            assert_eq!(parse(written).as_deref(), Some(stored), "{written}");
            assert_eq!(parse(stored).as_deref(), Some(stored), "again: {written}");
        }
    }

    #[test]
    fn text_that_is_not_an_origin_is_refused() {
        for text in [
            "https://a;sandbox",
            "https://a,b",
            "https://a'b",
            "https://*",
            "https://*.example",
            "https://*.*.example",
            "https://a.*.example",
            "https://*.203.0.113.9",
            "https://shop.example:*",
            "https://shop.example:0",
            "https://shop.example:99999",
            "https://shop.example:",
            "https://shop.example/cart",
            "https://shop.example?a",
            "https://shop.example#a",
            "https://ada@shop.example",
            "https://shop.example https://evil.example",
            "https://shop.example\tx",
            "https://shop..example",
            "https://",
            "http://shop.example",
            "ftp://shop.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "'self'",
            "*",
            "shop",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
