//! One-time e-mail tokens: for verification, password reset and change of address. A token is in the
//! fragment of the link, which no browser sends to a server, so no log has it; the database has its
//! hash.

use deskbell_base::error::{AppError, AppResult};
use deskbell_base::secrets::token;
use deskbell_protocol::ErrorCode;
use deskbell_store::identity::email_tokens::{
    self as stored_tokens, EmailToken, NewEmailToken, Purpose,
};
use deskbell_store::identity::users::{self, User};
use deskbell_store::workspace::limits;
use deskbell_store::workspace::workspaces::Membership;
use deskbell_store::{Error, Tx};

use crate::core::Core;
use crate::platform::audit;

pub const HOUR_MS: i64 = 3_600_000;
/// The validity of verification links, for people who do not read their mail on the same day.
pub const VERIFY_MS: i64 = 48 * HOUR_MS;
/// The validity of reset links, whose recipients wait for them.
pub const RESET_MS: i64 = HOUR_MS;
/// The validity of links that confirm a new address.
pub const CHANGE_MS: i64 = 24 * HOUR_MS;
/// How long a notice that needs no answer is retried while the mail server is unavailable.
pub const NOTE_MS: i64 = 24 * HOUR_MS;

/// Creates a token that is valid for `good_for_ms` and is mailed to `email`, the user's current or
/// new address; returns the link.
pub async fn create(
    core: &Core,
    tx: &mut Tx,
    user: &User,
    purpose: Purpose,
    email: &str,
    good_for_ms: i64,
) -> AppResult<String> {
    let token = token::random();
    let new = NewEmailToken {
        token_hash: token::hash(&token),
        user_id: user.id,
        purpose,
        email: email.to_owned(),
        expires_at: tx.now() + good_for_ms,
    };
    stored_tokens::create_token(tx, new).await?;
    let page = match purpose {
        Purpose::VerifyEmail => "verify",
        Purpose::ResetPassword => "reset",
        Purpose::ChangeEmail => "confirm-email",
    };
    Ok(format!("{}#{token}", core.urls.page(page)))
}

/// Uses up a token, and locks the workspaces of its user and the user until the commit. Returns the
/// token and the memberships in the locked workspaces.
pub async fn take(
    tx: &mut Tx,
    token: &str,
    purpose: Purpose,
) -> AppResult<(EmailToken, Vec<Membership>)> {
    let (hash, now) = (token::hash(token), tx.now());
    let found = stored_tokens::find_token(tx, &hash, purpose, now).await?;
    let user = found.ok_or_else(expired)?.user_id;
    // The lock order of account deletion: the platform's audit log (for a user without a workspace),
    // the workspaces, the user, the tokens.
    audit::lock_platform_log_if_no_membership(tx, user).await?;
    let memberships = limits::lock_workspaces_of(tx, user).await?;
    match users::lock_user(tx, user).await {
        Err(Error::NotFound) => return Err(expired()),
        locked => locked?,
    };
    let used = stored_tokens::use_token(tx, &hash, purpose).await?;
    Ok((used.ok_or_else(expired)?, memberships))
}

/// The refusal of a token that is used, expired or invalid.
pub fn expired() -> AppError {
    AppError::new(
        ErrorCode::LinkExpired,
        "This link has expired. Ask for a new one.",
    )
}
