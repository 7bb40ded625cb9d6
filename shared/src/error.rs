//! What is said when something is refused: one shape on HTTP and on the socket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::AgentView;

/// Why something was refused. Codes of newer servers are kept as [`ErrorCode::Other`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Somebody else claimed it first; `winner` says who. A retry does not help.
    AlreadyClaimed,
    /// The request is not understood: not JSON, not this shape. A retry does not help.
    BadRequest,
    /// The e-mail address or the password is wrong. A retry with others may help.
    BadCredentials,
    /// You, or where you come from, may not write here. A retry does not help.
    Blocked,
    /// It exists already. A retry does not help.
    Conflict,
    /// The conversation is closed for good. A retry does not help.
    ConversationClosed,
    /// The password is right, but the e-mail address has not been confirmed yet. Follow the link that
    /// was sent, or ask for another one; then retry.
    EmailNotVerified,
    /// The role does not allow it. A retry does not help.
    Forbidden,
    /// Something broke on our side. A retry may help.
    Internal,
    /// A field does not satisfy its rule; `fields` says which. A retry with others helps.
    Invalid,
    /// The workspace has as many as it may have; `fields` names the limit, where it is one that can be
    /// set. A retry helps when there are fewer, or more are allowed.
    LimitReached,
    /// The link was used or taken back, has expired, or was never one of ours. Ask for another one.
    LinkExpired,
    /// The operator has closed the platform for a while; the message says why. A retry helps later.
    Maintenance,
    /// Does not exist, or is not yours to know of. A retry does not help.
    NotFound,
    /// `hello` has not been said yet. Say it first.
    NotReady,
    /// The origin is not among the site's. A retry does not help.
    OriginNotAllowed,
    /// Too much at once; `retry_after_ms` says when it may succeed. A retry then helps.
    RateLimited,
    /// The password is right, and a code is asked for beside it. Retry with `code`.
    SecondFactorRequired,
    /// Larger than the limit. A retry does not help.
    TooLarge,
    /// The token is good but its time is over. Renew it, then retry.
    TokenExpired,
    /// Nobody is signed in, or the token is not one of ours. Sign in, then retry.
    Unauthenticated,
    /// The database does not answer, or (status 408) the request took too long. A retry helps.
    Unavailable,
    /// The command is not one of this server's. A retry does not help.
    UnknownCommand,
    /// The workspace is suspended. A retry does not help before the operator has ended that.
    WorkspaceSuspended,
    /// A code of a newer server.
    #[serde(untagged)]
    Other(String),
}

impl ErrorCode {
    /// Whether the same request, sent again later, may succeed.
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

/// An error as people and programs read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what was wrong and what to do, one sentence.
    pub message: String,
    /// By field name: what is wrong with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// With `already_claimed`: who was faster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<AgentView>,
    /// With `rate_limited`: not before this time has passed, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}

impl ErrorBody {
    /// An error with a sentence and nothing else.
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
