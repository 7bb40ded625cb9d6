//! Errors as HTTP answers: the status of each error code.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use deskbell_base::error::AppError;
use deskbell_protocol::ErrorCode;

/// The error of a handler: a rule's error that axum can answer with.
#[derive(Debug)]
pub struct ApiError(pub AppError);

pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(AppError::new(code, message))
    }
}

impl<E: Into<AppError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let status = status(&error.body.code);
        let retry_after = error.body.retry_after_ms.map(|ms| ms.div_ceil(1_000));
        let mut response = (status, Json(&error.body)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        // For the error page that a browser shows instead of JSON.
        response.extensions_mut().insert(error.body);
        response
    }
}

fn status(code: &ErrorCode) -> StatusCode {
    match code {
        ErrorCode::AlreadyClaimed | ErrorCode::Conflict | ErrorCode::ConversationClosed => {
            StatusCode::CONFLICT
        }
        ErrorCode::BadRequest | ErrorCode::NotReady | ErrorCode::UnknownCommand => {
            StatusCode::BAD_REQUEST
        }
        ErrorCode::BadCredentials
        | ErrorCode::SecondFactorRequired
        | ErrorCode::TokenExpired
        | ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Blocked
        | ErrorCode::EmailNotVerified
        | ErrorCode::Forbidden
        | ErrorCode::LimitReached
        | ErrorCode::OriginNotAllowed
        | ErrorCode::WorkspaceSuspended => StatusCode::FORBIDDEN,
        ErrorCode::LinkExpired => StatusCode::GONE,
        ErrorCode::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Maintenance | ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal | ErrorCode::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
