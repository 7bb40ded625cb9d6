//! A response body that is generated once per process, and served with an ETag and gzip.

use std::io::Write as _;

use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::{ASK_FIRST, accepts};

/// A cached response body: plain and as gzip, with its ETag.
pub struct CachedBody {
    kind: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
    tag: HeaderValue,
}

impl CachedBody {
    /// `kind` is the media type.
    pub fn new(kind: &'static str, text: String) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&text));
        let tag = HeaderValue::try_from(format!("W/\"{hash}\""));
        Self {
            kind,
            gzip: gzip(text.as_bytes()).map(Bytes::from).ok(),
            plain: text.into(),
            tag: tag.expect("base64 is plain ASCII"),
        }
    }

    /// Answers in the smallest accepted encoding, or with `304` if the client has it.
    pub fn answer(&self, request: &HeaderMap) -> Response {
        let is_known = request.get(IF_NONE_MATCH) == Some(&self.tag);
        let accepted = request.get("accept-encoding");
        let accepted = accepted.and_then(|value| value.to_str().ok());
        let gzip = self
            .gzip
            .clone()
            .filter(|_| accepts(accepted.unwrap_or_default(), "gzip"));
        let mut response = match is_known {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => {
                let is_packed = gzip.is_some();
                let body = gzip.unwrap_or_else(|| self.plain.clone());
                let mut response = Body::from(body).into_response();
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
                if is_packed {
                    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                }
                response
            }
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(ASK_FIRST));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(ETAG, self.tag.clone());
        response
    }
}

fn gzip(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(text)?;
    writer.finish()
}
