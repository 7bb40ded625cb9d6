//! Requests: JSON in, JSON out, with new cookies when the old ones have expired.

use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::api::visitors::Visitor;
use deskbell_protocol::{ErrorBody, ErrorCode, VisitorId};
use gloo_net::http::{Method, Request, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use crate::api::{ApiError, SignedIn};

/// A request without a body.
pub(super) const NOTHING: Option<&()> = None;

/// Exchanges the refresh cookie for new cookies.
pub(crate) async fn renew() -> Result<SignedIn, ApiError> {
    call(Method::POST, "/api/v1/auth/refresh", NOTHING)
        .await
        .map(|me| SignedIn { me })
}

/// The page of the list at `cursor`.
pub(crate) async fn list_conversations(cursor: &str) -> Result<Conversations, ApiError> {
    let path = format!("/api/v1/conversations?cursor={cursor}");
    ask(Method::GET, &path, NOTHING).await
}

/// The details of a visitor.
pub(crate) async fn get_visitor(id: VisitorId) -> Result<Visitor, ApiError> {
    ask(Method::GET, &format!("/api/v1/visitors/{id}"), NOTHING).await
}

/// Sends a request as a member, and once more with new cookies if these have expired.
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

/// Sends a request with this browser's cookies.
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

/// Sends raw bytes as a member: what `fetch` takes as a body, a file or a blob.
pub(super) async fn send_bytes<T: DeserializeOwned>(
    method: Method,
    path: &str,
    bytes: &JsValue,
) -> Result<T, ApiError> {
    let attempt = || send(request(method.clone(), path).body(bytes.clone()));
    match attempt().await {
        Err(error) if error.is_signed_out() => {
            renew().await?;
            attempt().await
        }
        answer => answer,
    }
}

fn request(method: Method, path: &str) -> RequestBuilder {
    // The header proves that a page of this origin asks (CSRF): another origin cannot set it.
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
        // With the id the administrator finds the request in the log.
        error.message = crate::text::shell::with_request_id(&error.message, &id);
    }
    Err(ApiError::Refused(error))
}
