//! What a request is answered with when it fails: each conversion stands here, once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use deskbell_protocol::{ErrorBody, ErrorCode};
use deskbell_store as store;

/// A refusal, ready to be sent, and the cause that only the log sees.
#[derive(Debug)]
pub struct AppError {
    /// What the other side is told.
    pub body: ErrorBody,
    source: Option<anyhow::Error>,
}

pub type AppResult<T> = Result<T, AppError>;

impl AppError {
    /// A refusal that the other side can understand.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            body: ErrorBody::new(code, message),
            source: None,
        }
    }

    /// A refusal because of one field.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut body = ErrorBody::new(ErrorCode::Invalid, message.clone());
        body.fields.insert(field.to_owned(), message);
        Self { body, source: None }
    }

    /// Nobody is signed in.
    pub fn unauthenticated() -> Self {
        Self::new(ErrorCode::Unauthenticated, "Sign in first.")
    }

    /// The conversation is read-only.
    pub fn closed() -> Self {
        Self::new(
            ErrorCode::ConversationClosed,
            "This conversation is closed. Start a new one.",
        )
    }

    /// Something broke on our side; the log says what.
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        let body = ErrorBody::new(
            ErrorCode::Internal,
            "Something went wrong on our side. Try again in a moment.",
        );
        Self {
            body,
            source: Some(source.into()),
        }
    }

    /// Logs the cause, if there is one. Called once, where the error leaves the server.
    pub fn log(&self) {
        if let Some(source) = &self.source {
            tracing::error!(code = ?self.body.code, error = format!("{source:#}"), "request failed");
        }
    }

    fn status(&self) -> StatusCode {
        match self.body.code {
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
}

/// Gathers what is wrong with the fields of a form, so that all of it is said at once.
#[derive(Default)]
pub struct FieldErrors(Option<AppError>);

impl FieldErrors {
    /// The checked value. If it was refused, that is noted, and what comes back stands in for it.
    pub fn take<T: Default>(&mut self, checked: AppResult<T>) -> T {
        checked.unwrap_or_else(|error| {
            match &mut self.0 {
                Some(first) => first.body.fields.extend(error.body.fields),
                None => self.0 = Some(error),
            }
            T::default()
        })
    }

    /// Refuses if anything was.
    pub fn finish(self) -> AppResult<()> {
        self.0.map_or(Ok(()), Err)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        self.log();
        let retry_after = self.body.retry_after_ms.map(|ms| ms.div_ceil(1_000));
        let mut response = (self.status(), Json(self.body)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<ErrorBody> for AppError {
    fn from(body: ErrorBody) -> Self {
        Self { body, source: None }
    }
}

impl From<store::Error> for AppError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::new(ErrorCode::NotFound, "Not found."),
            store::Error::Conflict(what) => {
                Self::new(ErrorCode::Conflict, format!("This {what} already exists."))
            }
            store::Error::Closed => Self::closed(),
            error if error.is_unavailable() => {
                let body = ErrorBody::new(
                    ErrorCode::Unavailable,
                    "The server is temporarily unavailable. Try again in a moment.",
                );
                Self {
                    body,
                    source: Some(error.into()),
                }
            }
            error => Self::internal(error),
        }
    }
}

/// axum's JSON extractor with refusals in our shape. Text holds no NUL, as with [`Query`] and
/// [`Path`]: Postgres keeps none, and nobody means one.
pub struct Body<T>(pub T);

impl<S, T> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: serde::de::DeserializeOwned,
{
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let (parts, body) = request.into_parts();
        let request = Request::from_parts(parts.clone(), body);
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(JsonRejection::from)?;
        if has_nul(&bytes) {
            return Err(nul());
        }
        let request = Request::from_parts(parts, bytes.into());
        match Json::from_request(request, state).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(rejection.into()),
        }
    }
}

/// Whether a string in this JSON holds NUL, which can only be written with an escape.
fn has_nul(json: &[u8]) -> bool {
    let mut escaped = false;
    json.windows(5).any(|five| {
        let found = escaped && five == b"u0000";
        escaped = !escaped && five[0] == b'\\';
        found
    })
}

/// Whether a path or a query, as it was sent, holds NUL.
fn names_nul(text: &str) -> bool {
    text.contains("%00")
}

fn nul() -> AppError {
    AppError::new(
        ErrorCode::BadRequest,
        "Text can't contain the NUL character.",
    )
}

/// axum's query extractor with refusals in our shape.
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: serde::de::DeserializeOwned,
{
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        if parts.uri.query().is_some_and(names_nul) {
            return Err(nul());
        }
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(rejection.into()),
        }
    }
}

/// axum's path extractor. What is no id names nothing.
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: serde::de::DeserializeOwned + Send,
{
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        if names_nul(parts.uri.path()) {
            return Err(nul());
        }
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        match path.map_err(|_: PathRejection| store::Error::NotFound) {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<QueryRejection> for AppError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(
            ErrorCode::BadRequest,
            format!("The request is not understood: {}", rejection.body_text()),
        )
    }
}

impl From<JsonRejection> for AppError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(ErrorCode::TooLarge, "The request is larger than the limit.")
            }
            _ => Self::new(
                ErrorCode::BadRequest,
                format!("The request is not understood: {}", rejection.body_text()),
            ),
        }
    }
}
