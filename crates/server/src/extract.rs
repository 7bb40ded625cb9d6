//! Extractors: axum's own, with error bodies of our API.

pub mod idempotency_key;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use deskbell_protocol::ErrorCode;

use crate::error::ApiError;

/// axum's JSON extractor with our error bodies. It refuses NUL in text, as [`Query`] and [`Path`]
/// do, because Postgres cannot store it.
pub struct Body<T>(pub T);

impl<S, T> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: serde::de::DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|refused| json_refused(&refused.into()))?;
        if has_nul(&bytes) {
            return Err(nul());
        }
        let request = Request::from_parts(parts, bytes.into());
        match Json::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(refused) => Err(json_refused(&refused)),
        }
    }
}

/// Whether a string in this JSON contains NUL, which can only be written as an escape.
fn has_nul(json: &[u8]) -> bool {
    let mut escaped = false;
    json.windows(5).any(|five| {
        let found = escaped && five == b"u0000";
        escaped = !escaped && five[0] == b'\\';
        found
    })
}

/// Whether a raw path or query contains NUL.
fn names_nul(text: &str) -> bool {
    text.contains("%00")
}

fn nul() -> ApiError {
    ApiError::new(
        ErrorCode::BadRequest,
        "Text can't contain the NUL character.",
    )
}

/// axum's query extractor with our error bodies.
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: serde::de::DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if parts.uri.query().is_some_and(names_nul) {
            return Err(nul());
        }
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(refused) => Err(query_refused(&refused)),
        }
    }
}

/// axum's path extractor. An invalid id is not found.
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: serde::de::DeserializeOwned + Send,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if names_nul(parts.uri.path()) {
            return Err(nul());
        }
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        match path.map_err(|_: PathRejection| deskbell_store::Error::NotFound) {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(error) => Err(error.into()),
        }
    }
}

fn query_refused(rejection: &QueryRejection) -> ApiError {
    ApiError::new(
        ErrorCode::BadRequest,
        format!("The request is not understood: {}", rejection.body_text()),
    )
}

fn json_refused(rejection: &JsonRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ApiError::new(ErrorCode::TooLarge, "The request is larger than the limit.")
        }
        _ => ApiError::new(
            ErrorCode::BadRequest,
            format!("The request is not understood: {}", rejection.body_text()),
        ),
    }
}
