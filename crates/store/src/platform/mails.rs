//! The queue of outgoing mail.

use deskbell_protocol::UnixMs;
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::{Effect, Handle, Result, Tx};

/// A mail to enqueue.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub recipient: String,
    /// The content, encrypted.
    pub letter: String,
    /// After this time it is not sent any more.
    pub expires_at: UnixMs,
}

/// A queued mail.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Mail {
    pub id: Uuid,
    pub recipient: String,
    /// The content, encrypted.
    pub letter: String,
    pub created_at: UnixMs,
    pub expires_at: UnixMs,
    /// When the next attempt is due; `None`: there is none.
    pub next_at: Option<UnixMs>,
    /// The number of attempts.
    pub attempts: i64,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

const INSERT: &str = "INSERT INTO mails (id, recipient, letter, created_at, expires_at, next_at, attempts) \
    VALUES ($1, $2, $3, $4, $5, $4, 0)";
// If two nodes take at the same time, the second one waits for the first and then sees the new
// `next_at`.
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

/// Enqueues a mail, due at once.
pub async fn create_mail(tx: &mut Tx, new: NewMail) -> Result<()> {
    let id = tx.new_uuid();
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id).bind(&new.recipient).bind(&new.letter).bind(now).bind(new.expires_at)
        .execute(c).await.map(drop))?;
    tx.after_commit(Effect::MailQueued);
    Ok(())
}

/// Takes at most `limit` of the mails that are due. No other node gets them before `until`.
pub async fn take_mails(tx: &mut Tx, until: UnixMs, limit: i64) -> Result<Vec<Mail>> {
    let now = tx.now();
    Ok(on!(tx, c => sqlx::query_as(TAKE).bind(now).bind(until).bind(limit).fetch_all(c).await)?)
}

/// Records a failed attempt. The next one is at `next_at`, or never.
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

/// Deletes a mail that was sent.
pub async fn delete_mail(tx: &mut Tx, id: Uuid) -> Result<()> {
    Ok(on!(tx, c => sqlx::query(DELETE).bind(id).execute(c).await.map(drop))?)
}

/// Deletes expired mails.
pub async fn delete_expired_mails(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    Ok(on!(tx, c => sqlx::query(DELETE_EXPIRED).bind(now).execute(c).await.map(drop))?)
}

/// Finds when the next mail is due.
pub async fn find_next_due(handle: &mut impl Handle, now: UnixMs) -> Result<Option<UnixMs>> {
    Ok(on!(handle, c => sqlx::query_scalar(NEXT).bind(now).fetch_one(c).await)?)
}

/// Lists the mails that were not sent, the newest first.
pub async fn list_mails(handle: &mut impl Handle, now: UnixMs, limit: i64) -> Result<Vec<Mail>> {
    Ok(on!(handle, c => sqlx::query_as(LIST).bind(now).bind(limit).fetch_all(c).await)?)
}
