//! Refused origins: records the origins of pages to which a site's panel was refused, so that its
//! admins can see why the chat does not appear, and allow the origin.

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_store::sites::{self, refused_origins};
use url::Url;

use crate::core::Core;

/// The minimum interval between two writes of the same origin.
const AGAIN_MS: i64 = 60 * 60 * 1000;
/// The minimum interval at which a full list accepts a new origin: requests cannot cause writes all
/// the time.
const REPLACE_MS: i64 = 60 * 1000;
/// The longest origin: a host name has at most 253 characters.
const MOST_CHARS: usize = 280;

/// Records the origin of the page that asks for the panel's frame, if the site does not allow it.
/// `referrer` is the address of that page, as far as its browser sends it.
pub(super) async fn record(core: &Core, site: &sites::Site, referrer: &str) -> AppResult<()> {
    let Some(origin) = web_origin(referrer) else {
        return Ok(());
    };
    if origin == core.urls.origin() || allows(&site.allowed_origins, &origin) {
        return Ok(());
    }
    let now = clock::now();
    let mut reader = core.db.read().await?;
    let known =
        refused_origins::list_refused_origins(&mut reader, site.workspace_id, site.id).await?;
    drop(reader);
    let is_known = known
        .iter()
        .any(|known| known.origin == origin && now - known.last_seen_at < AGAIN_MS);
    let is_full = known.len() >= refused_origins::MOST
        && known
            .iter()
            .all(|known| now - known.last_seen_at < REPLACE_MS);
    if is_known || is_full {
        return Ok(());
    }
    let mut tx = core.begin().await?;
    refused_origins::record_refused_origin(&mut tx, site.workspace_id, site.id, &origin).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether a browser lets a page of `origin` show a frame with these `frame-ancestors`.
pub(super) fn allows(allowed: &[String], origin: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else {
        return false;
    };
    allowed.iter().any(|pattern| matches(pattern, &origin))
}

/// The rules of Content-Security-Policy: `http` allows `https` too, `*.` stands for any subdomain, a
/// missing port for the scheme's own, `:*` for any.
fn matches(pattern: &str, origin: &Url) -> bool {
    let Some((scheme, authority)) = pattern.split_once("://") else {
        return false;
    };
    let has_scheme = scheme == origin.scheme() || (scheme == "http" && origin.scheme() == "https");
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let own_host = origin.host_str().unwrap_or_default();
    let has_host = match host.strip_prefix('*') {
        Some(parent) => own_host.ends_with(parent),
        None => own_host == host,
    };
    let has_port = match port {
        Some("*") => true,
        Some(port) => origin
            .port_or_known_default()
            .is_some_and(|own| own.to_string() == port),
        None => origin.port().is_none(),
    };
    has_scheme && has_host && has_port
}

fn web_origin(referrer: &str) -> Option<String> {
    let url = Url::parse(referrer).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let origin = url.origin().ascii_serialization();
    (is_web && origin.len() <= MOST_CHARS).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn an_origin_is_allowed_as_a_browser_reads_the_policy() {
        let allowed = |pattern: &str, origin: &str| allows(&[pattern.to_owned()], origin);
        assert!(allowed("https://shop.example", "https://shop.example"));
        assert!(!allowed("https://shop.example", "https://www.shop.example"));
        assert!(!allowed("https://shop.example", "http://shop.example"));
        assert!(!allowed(
            "https://shop.example",
            "https://shop.example:8443"
        ));
        assert!(allowed(
            "https://*.shop.example",
            "https://www.shop.example"
        ));
        assert!(!allowed("https://*.shop.example", "https://shop.example"));
        assert!(!allowed(
            "https://*.shop.example",
            "https://shop.example.evil.example"
        ));
        assert!(allowed("http://localhost:*", "http://localhost:3000"));
        assert!(allowed("http://localhost:3000", "http://localhost:3000"));
        assert!(!allowed("http://localhost:3000", "http://localhost:3001"));
        assert!(allowed("http://[::1]:3000", "http://[::1]:3000"));
    }
}
