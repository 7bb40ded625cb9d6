//! The HTTP API. [`Anonymous`] can only sign in; what needs an account hangs on [`SignedIn`].

use deskbell_protocol::api::auth::{Me, SignIn};
use deskbell_protocol::api::conversations::Conversations;
use deskbell_protocol::{ErrorBody, ErrorCode};
use gloo_net::http::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a request gave nothing.
#[derive(Clone, Debug)]
pub(crate) enum ApiError {
    /// The server said no.
    Refused(ErrorBody),
    /// No answer, or not one of ours.
    Unreachable,
}

impl ApiError {
    /// A sentence for the person.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Refused(error) => error.message.clone(),
            Self::Unreachable => {
                "Deskbell does not answer. Check your connection and try again.".into()
            }
        }
    }

    fn asks_for_renewal(&self) -> bool {
        matches!(self, Self::Refused(error)
            if matches!(error.code, ErrorCode::Unauthenticated | ErrorCode::TokenExpired))
    }
}

/// Nobody in particular.
pub(crate) struct Anonymous;

/// A member of a workspace, by this browser's cookies.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) me: Me,
}

impl Anonymous {
    /// Whoever this browser's cookies stand for.
    pub(crate) async fn resume(self) -> Result<SignedIn, ApiError> {
        match call(Method::GET, "/api/v1/me", None::<&()>).await {
            Ok(me) => Ok(SignedIn { me }),
            Err(error) if error.asks_for_renewal() => renew().await,
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn sign_in(self, form: &SignIn) -> Result<SignedIn, ApiError> {
        call(Method::POST, "/api/v1/auth/sign-in", Some(form))
            .await
            .map(|me| SignedIn { me })
    }
}

impl SignedIn {
    pub(crate) async fn sign_out(self) -> Result<Anonymous, ApiError> {
        call::<(), ()>(Method::POST, "/api/v1/auth/sign-out", None)
            .await
            .map(|()| Anonymous)
    }
}

/// Trades the refresh cookie for new ones.
pub(crate) async fn renew() -> Result<SignedIn, ApiError> {
    call(Method::POST, "/api/v1/auth/refresh", None::<&()>)
        .await
        .map(|me| SignedIn { me })
}

/// The page of the list behind `cursor`.
pub(crate) async fn list_conversations(cursor: &str) -> Result<Conversations, ApiError> {
    let path = format!("/api/v1/conversations?cursor={cursor}");
    call(Method::GET, &path, None::<&()>).await
}

async fn call<B: Serialize, T: DeserializeOwned>(
    method: Method,
    path: &str,
    body: Option<&B>,
) -> Result<T, ApiError> {
    // The header tells the server that a page of ours asks: another origin cannot set it.
    let request = RequestBuilder::new(path)
        .method(method)
        .header("x-deskbell", "1");
    let request = match body {
        Some(body) => request.json(body),
        None => request.build(),
    };
    let response = request.map_err(|_| ApiError::Unreachable)?.send().await;
    read(response.map_err(|_| ApiError::Unreachable)?).await
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    let text = response.text().await.map_err(|_| ApiError::Unreachable)?;
    if response.ok() {
        let text = if text.is_empty() { "null" } else { &text };
        return serde_json::from_str(text).map_err(|_| ApiError::Unreachable);
    }
    Err(serde_json::from_str(&text).map_or(ApiError::Unreachable, ApiError::Refused))
}
