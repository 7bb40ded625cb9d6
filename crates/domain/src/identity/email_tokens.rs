//! One-time e-mail tokens: for verification, password reset and change of address. A token is in the
//! fragment of the link, which no browser sends to a server, so no log has it; the database has its
//! hash.

use deskbell_protocol::ErrorCode;
use deskbell_store::identity::email_tokens::{
    self as stored_tokens, EmailToken, NewEmailToken, Purpose,
};
use deskbell_store::identity::users::{self, User};
use deskbell_store::{Error, Tx};

use crate::core::Core;
use crate::error::{AppError, AppResult};
use crate::platform::audit;
use crate::secrets::token;

pub const HOUR_MS: i64 = 3_600_000;
/// To who has registered: they may not read their mail today.
pub const VERIFY_MS: i64 = 48 * HOUR_MS;
/// Whoever wants another password waits for the mail.
pub const RESET_MS: i64 = HOUR_MS;
/// To another address of somebody's own.
pub const CHANGE_MS: i64 = 24 * HOUR_MS;
/// News that need no answer wait so long for a mail server that is away.
pub const NOTE_MS: i64 = 24 * HOUR_MS;

/// A new link, good for `good_for_ms`: what to write to `email`, its owner's or one that is to be.
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

/// Uses a link up. Until the commit nothing else happens to whose it is.
pub async fn take(tx: &mut Tx, token: &str, purpose: Purpose) -> AppResult<EmailToken> {
    let (hash, now) = (token::hash(token), tx.now());
    let found = stored_tokens::find_token(tx, &hash, purpose, now).await?;
    let user = found.ok_or_else(expired)?.user_id;
    // The lock order of account deletion: the platform's audit log (for a user without a workspace),
    // the user, the tokens.
    audit::lock_platform_log_if_no_membership(tx, user).await?;
    match users::lock_user(tx, user).await {
        Err(Error::NotFound) => return Err(expired()),
        locked => locked?,
    };
    stored_tokens::use_token(tx, &hash, purpose)
        .await?
        .ok_or_else(expired)
}

/// Used, too old, or never one of ours.
pub fn expired() -> AppError {
    AppError::new(
        ErrorCode::LinkExpired,
        "This link has expired. Ask for a new one.",
    )
}
