//! The error of a rule: a refusal for the caller, and a cause for the log.

use deskbell_protocol::{ErrorBody, ErrorCode};
use deskbell_store as store;

use crate::secrets::token::TokenError;

/// A refusal for the caller, and the cause for the log.
#[derive(Debug)]
pub struct AppError {
    /// The error body of the response.
    pub body: ErrorBody,
    source: Option<anyhow::Error>,
}

pub type AppResult<T> = Result<T, AppError>;

impl AppError {
    /// A refusal with this code and message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            body: ErrorBody::new(code, message),
            source: None,
        }
    }

    /// A refusal because the value of one field violates its rule.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::in_field(ErrorCode::Invalid, field, message)
    }

    /// A refusal with this code because of one field.
    pub fn in_field(code: ErrorCode, field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut body = ErrorBody::new(code, message.clone());
        body.fields.insert(field.to_owned(), message);
        Self { body, source: None }
    }

    /// The caller is not signed in.
    pub fn unauthenticated() -> Self {
        Self::new(ErrorCode::Unauthenticated, "Sign in first.")
    }

    /// The address or the visitor is blocked.
    pub fn blocked() -> Self {
        Self::new(ErrorCode::Blocked, "You can't send messages here.")
    }

    /// The conversation is read-only.
    pub fn closed() -> Self {
        Self::new(
            ErrorCode::ConversationClosed,
            "This conversation is closed. Start a new one.",
        )
    }

    /// Converts it for the command line, where the operator needs the cause, too.
    pub fn with_cause(self) -> anyhow::Error {
        match self.source {
            Some(source) => source.context(self.body.message),
            None => anyhow::Error::msg(self.body.message),
        }
    }

    /// An unexpected failure of the server, whose cause is logged.
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        let body = ErrorBody::new(
            ErrorCode::Internal,
            "Something went wrong. Try again in a moment.",
        );
        Self {
            body,
            source: Some(source.into()),
        }
    }

    /// Whether the database did not grant a lock in time.
    pub fn is_lock_timeout(&self) -> bool {
        let cause = self.source.as_ref().and_then(|it| it.downcast_ref());
        cause.is_some_and(store::Error::is_lock_timeout)
    }

    /// Logs the cause, if there is one. Called once, where the error leaves the server.
    pub fn log(&self) {
        if let Some(source) = &self.source {
            tracing::error!(code = ?self.body.code, error = format!("{source:#}"), "request failed");
        }
    }
}

/// Collects the errors of all fields of a form, so that they are reported together.
#[derive(Default)]
pub struct FieldErrors(Option<AppError>);

impl FieldErrors {
    /// Returns the checked value; an error is recorded and replaced by the default value.
    pub fn take<T: Default>(&mut self, checked: AppResult<T>) -> T {
        checked.unwrap_or_else(|error| {
            match &mut self.0 {
                Some(first) => first.body.fields.extend(error.body.fields),
                None => self.0 = Some(error),
            }
            T::default()
        })
    }

    /// Returns the collected errors, if there are any.
    pub fn finish(self) -> AppResult<()> {
        self.0.map_or(Ok(()), Err)
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

impl From<TokenError> for AppError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::new(
                ErrorCode::TokenExpired,
                "The token has expired. Renew it and try again.",
            ),
            TokenError::Invalid => Self::unauthenticated(),
        }
    }
}
