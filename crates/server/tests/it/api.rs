//! Requests to the HTTP API.

use anyhow::Result;
use deskbell_protocol::{ErrorBody, ErrorCode};
use deskbell_testkit::server::TestServer;
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The answer of the server to the holder of this token.
pub(crate) async fn request_as(
    server: &TestServer,
    method: Method,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> Result<Response> {
    let mut request = server.request(method, path).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    Ok(request.send().await?)
}

/// The body of a successful answer.
pub(crate) async fn fetch<T: DeserializeOwned>(
    server: &TestServer,
    method: Method,
    path: &str,
    token: &str,
) -> Result<T> {
    let response = request_as(server, method, path, token, None).await?;
    anyhow::ensure!(
        response.status().is_success(),
        "{path}: {}",
        response.text().await?
    );
    Ok(response.json().await?)
}

/// Status and code of a refusal.
pub(crate) async fn code(response: Response) -> Result<(u16, ErrorCode)> {
    let status = response.status().as_u16();
    Ok((status, response.json::<ErrorBody>().await?.code))
}

/// Runs a statement in the database directly.
pub(crate) async fn execute(server: &TestServer, sql: &str) -> Result<()> {
    let store = server.store().await?;
    store.execute(sql).await?;
    store.close().await;
    Ok(())
}
