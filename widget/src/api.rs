//! The one request the panel makes: a token for this visitor.

use deskbell_client::decode;
use deskbell_protocol::api::visitors::{CreateVisitor, VisitorToken};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestCredentials, RequestInit, Response, UrlSearchParams};

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
    origin.replacen("http", "ws", 1) + "/api/v1/socket"
}

/// A token for the visitor who held `token`, or for a new one.
pub(crate) async fn create_visitor(token: Option<String>) -> Result<VisitorToken, Problem> {
    let body = CreateVisitor {
        site_key: site_key(),
        token,
    };
    let (ok, text) = post("/api/v1/visitors", &body)
        .await
        .map_err(|_| Problem::Unreachable)?;
    if ok {
        decode::visitor_token(&text).ok_or(Problem::Unreachable)
    } else {
        Err(decode::refusal(&text).map_or(Problem::Unreachable, Problem::Refused))
    }
}

async fn post(path: &str, body: &CreateVisitor) -> Result<(bool, String), JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_credentials(RequestCredentials::Omit);
    request.set_body(&serde_json::to_string(body).unwrap_or_default().into());
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(path, &request))
        .await?
        .dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}
