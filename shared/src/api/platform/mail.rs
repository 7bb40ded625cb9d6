//! `/api/v1/operator/mail`: mail that has not been sent.

use serde::{Deserialize, Serialize};

use crate::UnixMs;

/// `GET /api/v1/operator/mail`: `200` and a list of these, the newest first. Where no mail server is
/// set this is where an operator finds the links that people wait for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WaitingMail {
    /// To whom.
    pub recipient: String,
    /// What about.
    pub subject: String,
    /// Where it leads. Only where no mail server is set: elsewhere it is the recipient's alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Since when it waits.
    pub created_at: UnixMs,
    /// When it is given up.
    pub expires_at: UnixMs,
    /// When it is tried (again); none when it is not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<UnixMs>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last attempt failed, in the mail server's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}
