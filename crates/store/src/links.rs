//! Links that are good once, as the hashes of their tokens.

use deskbell_protocol::{UnixMs, UserId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Handle, Result, Tx};

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Shows that the address of an account is its owner's.
    VerifyEmail,
    /// Sets another password.
    ResetPassword,
    /// Shows that the address an account is to get is its owner's.
    ChangeEmail,
}

/// A link to be kept.
#[derive(Clone, Debug)]
pub struct NewLink {
    pub token_hash: String,
    pub user_id: UserId,
    pub purpose: Purpose,
    /// The address that it speaks of, in lower case.
    pub email: String,
    pub expires_at: UnixMs,
}

/// Whose link it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
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

/// Keeps a link.
pub async fn create_link(tx: &mut Tx, new: NewLink) -> Result<()> {
    let now = tx.now();
    Ok(on!(tx, c => sqlx::query(INSERT)
        .bind(&new.token_hash).bind(new.user_id.0).bind(new.purpose.as_str()).bind(&new.email)
        .bind(now).bind(new.expires_at)
        .execute(c).await.map(drop))?)
}

/// Whose link this is, if it is still good for that. It stays good.
pub async fn find_link(
    handle: &mut impl Handle,
    token_hash: &str,
    purpose: Purpose,
    now: UnixMs,
) -> Result<Option<Link>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(FIND)
        .bind(token_hash).bind(purpose.as_str()).bind(now).fetch_optional(c).await)?;
    Ok(row.map(Link::from))
}

/// Uses a link up. `None` when it is not good for that, or not any more.
pub async fn use_link(tx: &mut Tx, token_hash: &str, purpose: Purpose) -> Result<Option<Link>> {
    let now = tx.now();
    let row: Option<Row> = on!(tx, c => sqlx::query_as(USE)
        .bind(token_hash).bind(purpose.as_str()).bind(now).fetch_optional(c).await)?;
    Ok(row.map(Link::from))
}

/// Ends all links of somebody.
pub async fn delete_links(tx: &mut Tx, user: UserId) -> Result<()> {
    Ok(on!(tx, c => sqlx::query(DELETE).bind(user.0).execute(c).await.map(drop))?)
}

/// Forgets what is not good any more.
pub async fn delete_expired_links(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    Ok(on!(tx, c => sqlx::query(DELETE_EXPIRED).bind(now).execute(c).await.map(drop))?)
}

impl From<Row> for Link {
    fn from(row: Row) -> Self {
        Self {
            user_id: row.user_id.into(),
            email: row.email,
        }
    }
}
