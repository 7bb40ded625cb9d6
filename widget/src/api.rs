//! The one request the panel makes: a token for this visitor.

use deskbell_client::web::http::post;
use deskbell_client::{decode, encode};
use deskbell_protocol::api::visitors::VisitorToken;
use leptos::prelude::window;
use web_sys::UrlSearchParams;

use crate::look::Problem;

/// The site's public key, from the frame's address.
pub(crate) fn site_key() -> String {
    let query = window().location().search().unwrap_or_default();
    UrlSearchParams::new_with_str(&query)
        .ok()
        .and_then(|query| query.get("site"))
        .unwrap_or_default()
}

/// Where the socket is: beside this page.
pub(crate) fn socket_url() -> String {
    let origin = window().location().origin().unwrap_or_default();
    // http → ws, https → wss
    let rest = origin.strip_prefix("http").unwrap_or(&origin);
    ["ws", rest, "/api/v1/socket"].concat()
}

/// A token for the visitor who held `token`, or for a new one; `identity` is who the host page says
/// they are, as JSON.
pub(crate) async fn create_visitor(
    token: Option<&str>,
    identity: Option<&str>,
) -> Result<VisitorToken, Problem> {
    let json = encode::create_visitor(&site_key(), token, identity);
    let (ok, text) = post("/api/v1/visitors", &json, None)
        .await
        .map_err(|_| Problem::Unreachable)?;
    if ok {
        decode::visitor_token(&text).ok_or(Problem::Unreachable)
    } else {
        Err(decode::refusal(&text)
            .map_or(Problem::Unreachable, |error| Problem::Refused(error.into())))
    }
}
