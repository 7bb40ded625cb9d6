//! One request and its answer.

use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::api::visitors::Visitor;
use deskbell_protocol::{ErrorBody, ErrorCode, VisitorId};
use gloo_net::http::{Method, Request, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::api::{ApiError, SignedIn};

/// No body.
pub(super) const NOTHING: Option<&()> = None;

/// Trades the refresh cookie for new ones.
pub(crate) async fn renew() -> Result<SignedIn, ApiError> {
    call(Method::POST, "/api/v1/auth/refresh", NOTHING)
        .await
        .map(|me| SignedIn { me })
}

/// The page of the list behind `cursor`.
pub(crate) async fn list_conversations(cursor: &str) -> Result<Conversations, ApiError> {
    let path = format!("/api/v1/conversations?cursor={cursor}");
    ask(Method::GET, &path, NOTHING).await
}

/// What is known of a visitor.
pub(crate) async fn get_visitor(id: VisitorId) -> Result<Visitor, ApiError> {
    ask(Method::GET, &format!("/api/v1/visitors/{id}"), NOTHING).await
}

/// Asks as somebody who is signed in; with new cookies, should these have run out.
pub(super) async fn ask<B: Serialize, T: DeserializeOwned>(
    method: Method,
    path: &str,
    body: Option<&B>,
) -> Result<T, ApiError> {
    match call(method.clone(), path, body).await {
        Err(error) if error.is_signed_out() => {
            renew().await?;
            call(method, path, body).await
        }
        answer => answer,
    }
}

/// Asks as whoever this browser's cookies stand for.
pub(super) async fn call<B: Serialize, T: DeserializeOwned>(
    method: Method,
    path: &str,
    body: Option<&B>,
) -> Result<T, ApiError> {
    let request = request(method, path);
    let request = match body {
        Some(body) => request.json(body),
        None => request.build(),
    };
    send(request).await
}

/// Sends bytes as they are, as somebody who is signed in.
pub(super) async fn put_bytes<T: DeserializeOwned>(
    path: &str,
    bytes: &JsValue,
) -> Result<T, ApiError> {
    let put = || send(request(Method::PUT, path).body(bytes.clone()));
    match put().await {
        Err(error) if error.is_signed_out() => {
            renew().await?;
            put().await
        }
        answer => answer,
    }
}

fn request(method: Method, path: &str) -> RequestBuilder {
    // The header tells the server that a page of ours asks: another origin cannot set it.
    RequestBuilder::new(path)
        .method(method)
        .header("x-deskbell", "1")
}

async fn send<T: DeserializeOwned>(
    request: Result<Request, gloo_net::Error>,
) -> Result<T, ApiError> {
    let response = request.map_err(|_| ApiError::Unreachable)?.send().await;
    read(response.map_err(|_| ApiError::Unreachable)?).await
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    let text = response.text().await.map_err(|_| ApiError::Unreachable)?;
    if response.ok() {
        let text = if text.is_empty() { "null" } else { &text };
        return serde_json::from_str(text).map_err(|_| ApiError::Unreachable);
    }
    let mut error: ErrorBody = serde_json::from_str(&text).map_err(|_| ApiError::Unreachable)?;
    if response.status() >= 500
        && error.code != ErrorCode::Maintenance
        && let Some(id) = response.headers().get("x-request-id")
    {
        // What somebody tells whoever runs the server, who finds it in the log.
        error.message = format!("{} (request {id})", error.message);
    }
    Err(ApiError::Refused(error))
}
