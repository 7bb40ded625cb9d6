//! `/api/v1/me/*`: the account of the signed-in user. API tokens have no access.

use serde::{Deserialize, Serialize};

use crate::UnixMs;
use crate::ids::SessionId;

/// `PATCH /api/v1/me`: updates the profile. `200` [`crate::api::identity::auth::Me`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeProfile {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 50))]
    pub name: Option<String>,
}

/// `PUT /api/v1/me/avatar`: the body is a picture, a PNG, JPEG or WebP of at most
/// [`crate::limits::AVATAR_BYTES`] and [`crate::limits::AVATAR_PIXELS`] each way. `200` [`Avatar`].
/// `DELETE` removes it: `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Avatar {
    /// The path of the picture on this server. It is shown to everyone who may see the person;
    /// another picture has another path.
    pub avatar_url: String,
}

/// `PUT /api/v1/me/password`: sets a new password. `204`; every other session ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    /// The current password.
    pub current_password: String,
    /// At least 8 characters with upper case, lower case and a digit; at most 72 bytes.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 72))]
    pub new_password: String,
}

/// `POST /api/v1/me/email`: changes the address. `202`: a confirmation link is sent to the new one, and
/// a notice to the current one. It changes when the link is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeEmail {
    /// The new address.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: String,
    /// The current password.
    pub password: String,
}

/// `GET /api/v1/me/two-factor`: whether sign-in requires a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TwoFactor {
    /// Whether it is on.
    pub enabled: bool,
    /// The number of unused backup codes.
    pub backup_codes_left: u32,
}

/// `POST /api/v1/me/two-factor`: starts the set-up. `200` [`TwoFactorSecret`]; `409` while one is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BeginTwoFactor {
    /// The current password.
    pub password: String,
}

/// The secret for an authenticator app; shown only once. Sign-in requires a code only after one was
/// confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TwoFactorSecret {
    /// The secret in base32, to be typed.
    pub secret: String,
    /// The content of the QR code: `otpauth://totp/…`.
    pub otpauth_url: String,
}

/// `POST /api/v1/me/two-factor/confirm`: sign-in requires a code from now on. `200`
/// [`BackupCodes`]. `POST /api/v1/me/two-factor/backup-codes` takes the same body and replaces the
/// backup codes by ten new ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfirmTwoFactor {
    /// The code: six digits.
    pub code: String,
}

/// Ten backup codes; each works once instead of a code of the app. Shown only once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupCodes {
    /// As in `k3v9x-2mq7a`; hyphens and case do not matter.
    pub codes: Vec<String>,
}

/// `DELETE /api/v1/me/two-factor`: sign-in requires only the password. `204`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndTwoFactor {
    /// The current password.
    pub password: String,
    /// Six digits, or a backup code.
    pub code: String,
}

/// `GET /api/v1/me/sessions`: the sessions of the user, the last used first.
/// `DELETE /api/v1/me/sessions/{id}` ends one, `DELETE /api/v1/me/sessions` all but this one; both
/// answer `204`, and their sockets close at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedInSessions {
    /// The entries, in this order.
    pub sessions: Vec<SignedInSession>,
}

/// A session: a browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedInSession {
    /// The session.
    pub id: SessionId,
    /// Whether it is the session of this request.
    pub current: bool,
    /// Its current workspace.
    pub workspace: String,
    /// The address of its last use.
    pub address: String,
    /// The user agent of the browser.
    pub user_agent: String,
    /// When it was started.
    pub created_at: UnixMs,
    /// When it was last used, to the minute.
    pub last_used_at: UnixMs,
}
