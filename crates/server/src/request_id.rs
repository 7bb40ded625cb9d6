//! Request ids: they connect an answer with the lines of the log about it.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};

/// The header of the id, in requests of a proxy and in every answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The maximum length of a foreign id: long enough for a UUID or a trace id.
const ID_BYTES: usize = 64;

/// Middleware that drops a foreign id unless it is short and plain, so that the server generates
/// one. Any client can send the header, and it is logged and returned.
pub async fn drop_foreign(mut request: Request) -> Request {
    let mut ids = request.headers().get_all(REQUEST_ID).iter();
    let is_good = match (ids.next(), ids.next()) {
        (Some(id), None) => is_plain(id),
        (None, _) => true,
        (Some(_), Some(_)) => false,
    };
    if !is_good {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

fn is_plain(id: &HeaderValue) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(allowed)
}
