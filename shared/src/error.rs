//! Errors: one body for HTTP and for the socket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::AgentView;

/// The code of an error. Codes of newer servers are kept as [`ErrorCode::Other`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Another agent claimed it first; `winner` names them. A retry does not help.
    AlreadyClaimed,
    /// The request is invalid: not JSON, or not of this shape. A retry does not help.
    BadRequest,
    /// The e-mail address or the password is wrong. A retry with others may help.
    BadCredentials,
    /// The person or their network is blocked. A retry does not help.
    Blocked,
    /// It exists already. A retry does not help.
    Conflict,
    /// The conversation is closed for good. A retry does not help.
    ConversationClosed,
    /// The password is right, but the e-mail address has not been confirmed yet. Follow the link in the
    /// mail, or request another one; then retry.
    EmailNotVerified,
    /// The role does not allow it. A retry does not help.
    Forbidden,
    /// An internal error of the server. A retry may help.
    Internal,
    /// A field violates its rule; `fields` names it. A retry with another value helps.
    Invalid,
    /// A limit of the workspace is reached; `fields` names it, if it can be set. A retry helps when there
    /// are fewer, or more are allowed.
    LimitReached,
    /// The link was used or revoked, has expired, or is unknown. Request another one.
    LinkExpired,
    /// The platform is in maintenance; the message says why. A retry helps later.
    Maintenance,
    /// The object does not exist, or the caller may not see it. A retry does not help.
    NotFound,
    /// The first frame was not `hello`. Send it first.
    NotReady,
    /// The origin is not among the site's. A retry does not help.
    OriginNotAllowed,
    /// Above a rate limit; `retry_after_ms` says when a retry may succeed.
    RateLimited,
    /// The password is right, and a code of the second factor is required. Retry with `code`.
    SecondFactorRequired,
    /// Larger than the limit. A retry does not help.
    TooLarge,
    /// The token has expired. Renew it, then retry.
    TokenExpired,
    /// There is no token, or not a valid one. Sign in, then retry.
    Unauthenticated,
    /// The database does not answer, or (status 408) the request timed out. A retry helps.
    Unavailable,
    /// The server does not know the command. A retry does not help.
    UnknownCommand,
    /// The workspace is suspended. A retry does not help until the operator ends that.
    WorkspaceSuspended,
    /// A code of a newer server.
    #[serde(untagged)]
    Other(String),
}

impl ErrorCode {
    /// Whether a later retry of the same request may succeed.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Internal
                | Self::Maintenance
                | Self::NotReady
                | Self::RateLimited
                | Self::Unavailable
        )
    }
}

/// The body of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what happened and what to do, in one sentence.
    pub message: String,
    /// The problem of each invalid field, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// With `already_claimed`: the agent to whom it is assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<AgentView>,
    /// With `rate_limited`: the delay before a retry, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}

impl ErrorBody {
    /// An error with a code and a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: BTreeMap::new(),
            winner: None,
            retry_after_ms: None,
        }
    }
}
