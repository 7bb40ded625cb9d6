//! One-time tokens of links in e-mails, stored as hashes.

use deskbell_protocol::{UnixMs, UserId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result, Tx};

/// The purpose of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Verifies the address of an account.
    VerifyEmail,
    /// Resets the password.
    ResetPassword,
    /// Verifies the new address of an account.
    ChangeEmail,
}

/// A token to save.
#[derive(Clone, Debug)]
pub struct NewEmailToken {
    pub token_hash: String,
    pub user_id: UserId,
    pub purpose: Purpose,
    /// The address to which it was sent, in lower case.
    pub email: String,
    pub expires_at: UnixMs,
}

/// The owner of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailToken {
    pub user_id: UserId,
    pub email: String,
}

#[derive(FromRow)]
struct Row {
    user_id: Uuid,
    email: String,
}

const INSERT: &str = "INSERT INTO links (token_hash, user_id, purpose, email, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const FIND: &str = "SELECT user_id, email FROM links \
    WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3";
const USE: &str = "DELETE FROM links WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 \
    RETURNING user_id, email";
const DELETE: &str = "DELETE FROM links WHERE user_id = $1";
const DELETE_EXPIRED: &str = "DELETE FROM links WHERE expires_at <= $1";

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
        }
    }
}

/// Saves a token.
pub async fn create_token(tx: &mut Tx, new: NewEmailToken) -> Result<()> {
    let now = tx.now();
    Ok(on!(tx, c => sqlx::query(INSERT)
        .bind(&new.token_hash).bind(new.user_id.0).bind(new.purpose.as_str()).bind(&new.email)
        .bind(now).bind(new.expires_at)
        .execute(c).await.map(drop))?)
}

/// Finds the owner of a token that is valid for this purpose. The token stays valid.
pub async fn find_token(
    handle: &mut impl Handle,
    token_hash: &str,
    purpose: Purpose,
    now: UnixMs,
) -> Result<Option<EmailToken>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(FIND)
        .bind(token_hash).bind(purpose.as_str()).bind(now).fetch_optional(c).await)?;
    Ok(row.map(EmailToken::from))
}

/// Uses a token. `None` if it is not valid for this purpose, or not any more.
pub async fn use_token(
    tx: &mut Tx,
    token_hash: &str,
    purpose: Purpose,
) -> Result<Option<EmailToken>> {
    let now = tx.now();
    let row: Option<Row> = on!(tx, c => sqlx::query_as(USE)
        .bind(token_hash).bind(purpose.as_str()).bind(now).fetch_optional(c).await)?;
    Ok(row.map(EmailToken::from))
}

/// Deletes all tokens of a user.
pub async fn delete_tokens(tx: &mut Tx, user: UserId) -> Result<()> {
    Ok(on!(tx, c => sqlx::query(DELETE).bind(user.0).execute(c).await.map(drop))?)
}

/// Deletes expired tokens.
pub async fn delete_expired_tokens(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    Ok(on!(tx, c => sqlx::query(DELETE_EXPIRED).bind(now).execute(c).await.map(drop))?)
}

impl From<Row> for EmailToken {
    fn from(row: Row) -> Self {
        Self {
            user_id: row.user_id.into(),
            email: row.email,
        }
    }
}
