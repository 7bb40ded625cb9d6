//! The web files: built by `cargo xtask build`, embedded in a release, read from disk in a debug
//! build. Each exists in three forms: plain, brotli and gzip.

pub mod cached_body;

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};

const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../target/web"]
#[allow_missing = true]
struct Files;

/// The files, and the paths of hashed ones.
#[derive(Clone, Debug, Default)]
pub struct WebFiles {
    manifest: BTreeMap<String, String>,
}

impl WebFiles {
    /// Reads the manifest. Without one (nothing is built yet) pages have no style and no program.
    pub fn load() -> Self {
        let manifest = Files::get("manifest.json")
            .and_then(|file| serde_json::from_slice(&file.data).ok())
            .unwrap_or_default();
        Self { manifest }
    }

    /// The path of a hashed file, as in `/assets/pages-1a2b3c4d.css` for `pages.css`.
    pub fn path(&self, name: &str) -> Option<&str> {
        self.manifest.get(name).map(String::as_str)
    }

    /// Answers with a file whose name contains its hash: cached forever.
    pub fn immutable(&self, name: &str, headers: &HeaderMap) -> Response {
        respond(name, headers, FOREVER)
    }

    /// Answers with a file whose content may change: revalidated on each request.
    pub fn revalidated(&self, name: &str, headers: &HeaderMap) -> Response {
        let mut response = respond(name, headers, ASK_FIRST);
        let Some(tag) = Files::get(name).and_then(|file| tag(&file)) else {
            return response;
        };
        if headers.get(IF_NONE_MATCH) == Some(&tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Body::empty();
            for header in [CONTENT_ENCODING, CONTENT_TYPE] {
                response.headers_mut().remove(header);
            }
        }
        response.headers_mut().insert(ETAG, tag);
        response
    }
}

/// A weak ETag, because the same content is sent in several encodings.
fn tag(file: &EmbeddedFile) -> Option<HeaderValue> {
    let hash = URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash());
    HeaderValue::try_from(format!("W/\"{hash}\"")).ok()
}

fn respond(name: &str, request: &HeaderMap, cache: &'static str) -> Response {
    let Some((data, encoding)) = find(name, request) else {
        return (StatusCode::NOT_FOUND, "There is no such file.").into_response();
    };
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let mut response = match data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    }
    .into_response();
    let headers = response.headers_mut();
    let mime = match mime.type_() {
        mime_guess::mime::TEXT => format!("{mime}; charset=utf-8"),
        _ => mime.to_string(),
    };
    if let Ok(mime) = HeaderValue::from_str(&mime) {
        headers.insert(CONTENT_TYPE, mime);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// The file in the smallest encoding that the browser accepts.
fn find(name: &str, request: &HeaderMap) -> Option<(Cow<'static, [u8]>, Option<&'static str>)> {
    if name.ends_with(".br") || name.ends_with(".gz") {
        return None;
    }
    let accepted = request
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
        if accepts(accepted, encoding)
            && let Some(file) = Files::get(&format!("{name}.{suffix}"))
        {
            return Some((file.data, Some(encoding)));
        }
    }
    Files::get(name).map(|file| (file.data, None))
}

fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|part| {
        let mut pieces = part.trim().split(';');
        pieces.next() == Some(encoding)
            && !pieces.any(|piece| matches!(piece.trim(), "q=0" | "q=0.0"))
    })
}
