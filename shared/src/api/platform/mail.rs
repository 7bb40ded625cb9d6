//! `/api/v1/operator/mail`: mail that has not been sent.

use serde::{Deserialize, Serialize};

use crate::UnixMs;

/// `GET /api/v1/operator/mail`: `200` and a list of these, the newest first. Without a mail server,
/// operators find the links here and pass them on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingMail {
    /// The recipient.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The link, only if no mail server is configured: otherwise only the recipient gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// When it was enqueued.
    pub created_at: UnixMs,
    /// When it is given up.
    pub expires_at: UnixMs,
    /// When the next attempt is due; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<UnixMs>,
    /// The number of attempts.
    pub attempts: u32,
    /// Why the last attempt failed, as reported by the mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}
