//! Second factors: TOTP secrets and backup codes.

use deskbell_protocol::{UnixMs, UserId};
use sqlx::FromRow;

use crate::{Handle, Result, Tx};

/// The second factor of an account.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SecondFactor {
    /// The secret, encrypted.
    pub secret: String,
    /// Since when it is required; `None`: it is not confirmed yet.
    pub confirmed_at: Option<UnixMs>,
}

const BEGIN: &str = "INSERT INTO second_factors (user_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0) \
    ON CONFLICT (user_id) DO UPDATE SET secret = $2, created_at = $3, last_step = 0 \
    WHERE second_factors.confirmed_at IS NULL";
const FIND: &str = "SELECT secret, confirmed_at FROM second_factors WHERE user_id = $1";
const CONFIRM: &str =
    "UPDATE second_factors SET confirmed_at = $2 WHERE user_id = $1 AND confirmed_at IS NULL";
const USE_STEP: &str =
    "UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2";
const DELETE: &str = "DELETE FROM second_factors WHERE user_id = $1";
const INSERT_CODE: &str = "INSERT INTO backup_codes (user_id, code_hash) VALUES ($1, $2)";
const USE_CODE: &str = "DELETE FROM backup_codes WHERE user_id = $1 AND code_hash = $2";
const DELETE_CODES: &str = "DELETE FROM backup_codes WHERE user_id = $1";
const COUNT_CODES: &str = "SELECT COUNT(*) FROM backup_codes WHERE user_id = $1";

/// Saves a secret that is not confirmed yet, in place of another such one. False if there is a
/// confirmed one.
pub async fn begin_second_factor(tx: &mut Tx, user: UserId, secret: &str) -> Result<bool> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(BEGIN).bind(user.0).bind(secret).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Finds the second factor, confirmed or not.
pub async fn find_second_factor(
    handle: &mut impl Handle,
    user: UserId,
) -> Result<Option<SecondFactor>> {
    Ok(on!(handle, c => sqlx::query_as(FIND).bind(user.0).fetch_optional(c).await)?)
}

/// Confirms the second factor. False if it was confirmed before, or there is none.
pub async fn confirm_second_factor(tx: &mut Tx, user: UserId) -> Result<bool> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(CONFIRM).bind(user.0).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Marks the code of a time step as used. False if it, or a later one, was used before.
pub async fn use_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool> {
    let rows = on!(tx, c => sqlx::query(USE_STEP).bind(user.0).bind(step).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Deletes the second factor.
pub async fn delete_second_factor(tx: &mut Tx, user: UserId) -> Result<()> {
    on!(tx, c => sqlx::query(DELETE_CODES).bind(user.0).execute(c).await.map(drop))?;
    Ok(on!(tx, c => sqlx::query(DELETE).bind(user.0).execute(c).await.map(drop))?)
}

/// Replaces the backup codes.
pub async fn set_backup_codes(tx: &mut Tx, user: UserId, hashes: &[String]) -> Result<()> {
    on!(tx, c => sqlx::query(DELETE_CODES).bind(user.0).execute(c).await.map(drop))?;
    for hash in hashes {
        on!(tx, c => sqlx::query(INSERT_CODE).bind(user.0).bind(hash).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Uses a backup code. False if it does not exist, or not any more.
pub async fn use_backup_code(tx: &mut Tx, user: UserId, hash: &str) -> Result<bool> {
    let rows = on!(tx, c => sqlx::query(USE_CODE).bind(user.0).bind(hash).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Counts the backup codes that are left.
pub async fn count_backup_codes(handle: &mut impl Handle, user: UserId) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(COUNT_CODES).bind(user.0).fetch_one(c).await)?)
}
