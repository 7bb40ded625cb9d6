//! Mail that waits to be sent.

use deskbell_protocol::{UnixMs, UserId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Effect, Handle, Result, Tx};

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub recipient: String,
    /// What it says, sealed.
    pub letter: String,
    /// Afterwards nobody needs it any more.
    pub expires_at: UnixMs,
}

/// A mail as it waits.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Mail {
    pub id: Uuid,
    pub recipient: String,
    /// What it says, sealed.
    pub letter: String,
    pub created_at: UnixMs,
    pub expires_at: UnixMs,
    /// When it is tried (again); `None`: not any more.
    pub next_at: Option<UnixMs>,
    /// How often it was tried.
    pub attempts: i64,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

const INSERT: &str = "INSERT INTO mails (id, recipient, letter, created_at, expires_at, next_at, attempts) \
    VALUES ($1, $2, $3, $4, $5, $4, 0)";
// Of two nodes that take at once, the second waits for the first and then sees `next_at` moved.
const TAKE: &str = "UPDATE mails SET next_at = $2, attempts = attempts + 1 \
    WHERE next_at <= $1 AND expires_at > $1 \
    AND id IN (SELECT id FROM mails WHERE next_at <= $1 AND expires_at > $1 ORDER BY next_at LIMIT $3) \
    RETURNING id, recipient, letter, created_at, expires_at, next_at, attempts, last_error";
const SET_NEXT: &str = "UPDATE mails SET next_at = $2, last_error = $3 WHERE id = $1";
const DELETE: &str = "DELETE FROM mails WHERE id = $1";
const DELETE_EXPIRED: &str = "DELETE FROM mails WHERE expires_at <= $1";
const NEXT: &str = "SELECT MIN(next_at) FROM mails WHERE next_at IS NOT NULL AND expires_at > $1";
const LIST: &str = "SELECT id, recipient, letter, created_at, expires_at, next_at, attempts, last_error \
    FROM mails WHERE expires_at > $1 ORDER BY created_at DESC, id DESC LIMIT $2";

/// Keeps a mail until it is sent. It is due at once.
pub async fn create_mail(tx: &mut Tx, new: NewMail) -> Result<()> {
    let id = UserId::from_parts(tx.now(), tx.random()).0;
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id).bind(&new.recipient).bind(&new.letter).bind(now).bind(new.expires_at)
        .execute(c).await.map(drop))?;
    tx.after_commit(Effect::MailQueued);
    Ok(())
}

/// Takes at most so many of the mails that are due. Nobody else gets them before `until`.
pub async fn take_mails(tx: &mut Tx, until: UnixMs, limit: i64) -> Result<Vec<Mail>> {
    let now = tx.now();
    Ok(on!(tx, c => sqlx::query_as(TAKE).bind(now).bind(until).bind(limit).fetch_all(c).await)?)
}

/// It was not sent: it is tried again at `next_at`, or not any more.
pub async fn set_next_attempt(
    tx: &mut Tx,
    id: Uuid,
    next_at: Option<UnixMs>,
    error: Option<&str>,
) -> Result<()> {
    Ok(
        on!(tx, c => sqlx::query(SET_NEXT).bind(id).bind(next_at).bind(error).execute(c).await.map(drop))?,
    )
}

/// It was sent.
pub async fn delete_mail(tx: &mut Tx, id: Uuid) -> Result<()> {
    Ok(on!(tx, c => sqlx::query(DELETE).bind(id).execute(c).await.map(drop))?)
}

/// Forgets what nobody needs any more.
pub async fn delete_expired_mails(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    Ok(on!(tx, c => sqlx::query(DELETE_EXPIRED).bind(now).execute(c).await.map(drop))?)
}

/// When the next mail is due; `None` when none waits.
pub async fn find_next_due(handle: &mut impl Handle, now: UnixMs) -> Result<Option<UnixMs>> {
    Ok(on!(handle, c => sqlx::query_scalar(NEXT).bind(now).fetch_one(c).await)?)
}

/// What has not been sent, the newest first.
pub async fn list_mails(handle: &mut impl Handle, now: UnixMs, limit: i64) -> Result<Vec<Mail>> {
    Ok(on!(handle, c => sqlx::query_as(LIST).bind(now).bind(limit).fetch_all(c).await)?)
}
