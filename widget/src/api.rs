//! The panel's HTTP request: it creates or renews the visitor's token.

use deskbell_client::web::http::post;
use deskbell_client::{decode, encode};
use deskbell_protocol::api::visitors::VisitorToken;
use leptos::prelude::window;
use web_sys::UrlSearchParams;

use crate::view_model::StartError;

/// The site's public key, from the frame's address.
pub(crate) fn site_key() -> String {
    let query = window().location().search().unwrap_or_default();
    UrlSearchParams::new_with_str(&query)
        .ok()
        .and_then(|query| query.get("site"))
        .unwrap_or_default()
}

/// The address of the WebSocket, on this page's host.
pub(crate) fn socket_url() -> String {
    let origin = window().location().origin().unwrap_or_default();
    // http → ws, https → wss
    let rest = origin.strip_prefix("http").unwrap_or(&origin);
    ["ws", rest, "/api/v1/socket"].concat()
}

/// Renews `token`, or creates a visitor without one. `identity` is the visitor's identity as the host
/// page gives it, as JSON.
pub(crate) async fn create_visitor(
    token: Option<&str>,
    identity: Option<&str>,
) -> Result<VisitorToken, StartError> {
    let json = encode::create_visitor(&site_key(), token, identity);
    let (ok, text) = post("/api/v1/visitors", &json, None)
        .await
        .map_err(|_| StartError::Unreachable)?;
    if ok {
        decode::visitor_token(&text).ok_or(StartError::Unreachable)
    } else {
        Err(
            decode::refusal(&text).map_or(StartError::Unreachable, |error| {
                StartError::Refused(error.into())
            }),
        )
    }
}
