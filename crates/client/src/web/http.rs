//! HTTP requests of a page to its own server.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

/// Posts JSON; returns whether the status is a success, and the body.
///
/// # Errors
///
/// If there was no answer, or `signal` aborted the request.
pub async fn post(
    url: &str,
    json: &str,
    signal: Option<&AbortSignal>,
) -> Result<(bool, String), JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    // Pages of other origins cannot set this header.
    headers.set("x-deskbell", "1")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&json.into());
    request.set_signal(signal);
    let response: Response = JsFuture::from(window.fetch_with_str_and_init(url, &request))
        .await?
        .dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}
