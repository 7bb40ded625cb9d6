//! `/api/v1/me/*`: one's own account. Everything here needs a person who is signed in; no program's
//! token reaches it.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::AuthSessionId;

/// `PATCH /api/v1/me`: what is named changes. `200` [`crate::api::auth::Me`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeProfile {
    /// How one is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: Option<String>,
}

/// `PUT /api/v1/me/avatar`: the body is a picture, a PNG, JPEG or WebP of at most
/// [`crate::limits::AVATAR_BYTES`] and [`crate::limits::AVATAR_PIXELS`] each way. `200` [`Avatar`].
/// `DELETE` takes it away: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Avatar {
    /// Where it is, on this server. Whoever may see the person is shown it; another picture has
    /// another address.
    pub avatar_url: String,
}

/// `PUT /api/v1/me/password`: another password. `204`; every other session ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    /// The one until now.
    pub current_password: String,
    /// At least 8 characters with upper case, lower case and a digit; at most 72 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub new_password: String,
}

/// `POST /api/v1/me/email`: another address. `202`: a link goes to it, and a note to the one until
/// now. It counts once the link is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeEmail {
    /// The new address.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
    /// One's password.
    pub password: String,
}

/// `GET /api/v1/me/two-factor`: whether a code is asked for at sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TwoFactor {
    /// It is.
    pub enabled: bool,
    /// How many backup codes are left.
    pub backup_codes_left: u32,
}

/// `POST /api/v1/me/two-factor`: begins. `200` [`TwoFactorSecret`]; `409` while one is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BeginTwoFactor {
    /// One's password.
    pub password: String,
}

/// What an app on a phone needs to make codes; shown this once. Nothing is asked for before a code
/// has been confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TwoFactorSecret {
    /// To be typed: base32.
    pub secret: String,
    /// To be shown as a QR code: `otpauth://totp/…`.
    pub otpauth_url: String,
}

/// `POST /api/v1/me/two-factor/confirm`: from now on a code is asked for at sign-in. `200`
/// [`BackupCodes`]. `POST /api/v1/me/two-factor/backup-codes` takes the same and makes ten new
/// codes in place of those before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfirmTwoFactor {
    /// Six digits.
    pub code: String,
}

/// Ten codes to be kept on paper, each good once in place of a phone's. Shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupCodes {
    /// As in `k3v9x-2mq7a`; hyphens and case do not matter.
    pub codes: Vec<String>,
}

/// `DELETE /api/v1/me/two-factor`: nothing but the password is asked for any more. `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndTwoFactor {
    /// One's password.
    pub password: String,
    /// Six digits, or a backup code.
    pub code: String,
}

/// `GET /api/v1/me/sessions`: where one is signed in, the session used last first.
/// `DELETE /api/v1/me/sessions/{id}` ends one, `DELETE /api/v1/me/sessions` all but this one; both
/// answer `204`, and the sockets of what has ended close at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedInSessions {
    /// In this order.
    pub sessions: Vec<SignedInSession>,
}

/// A browser in which one is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedInSession {
    /// Which.
    pub id: AuthSessionId,
    /// It is the one that asks.
    pub current: bool,
    /// The workspace it is in.
    pub workspace: String,
    /// The address it was used from last.
    pub address: String,
    /// What the browser says about itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: UnixMs,
    /// When it was used last, to the minute.
    pub last_used_at: UnixMs,
}
