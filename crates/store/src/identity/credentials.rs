//! Changes of a user's own login identity.

use deskbell_protocol::UserId;
use sqlx::types::Uuid;

use crate::db::locks::Lock;
use crate::error::or_conflict;
use crate::{Result, Tx};

const SET_PASSWORD: &str = "UPDATE users SET password_hash = $2 WHERE id = $1";
const REPLACE_PASSWORD: &str =
    "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
const SET_EMAIL: &str = "UPDATE users SET email = $2, email_verified_at = $3 WHERE id = $1";
const SET_NAME: &str = "UPDATE users SET name = $2 WHERE id = $1";
const REGISTER_AGAIN: &str = "UPDATE users SET name = $2, password_hash = $3 \
    WHERE id = $1 AND email_verified_at IS NULL \
    AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.accepted_by = users.id)";
const RENAME_OWN: &str = "UPDATE workspaces SET name = $2 WHERE id IN \
    (SELECT workspace_id FROM memberships WHERE user_id = $1 AND role = 'owner') RETURNING id";
const VERIFY: &str = "UPDATE users SET email_verified_at = $3 \
    WHERE id = $1 AND email = $2 AND email_verified_at IS NULL";

/// Replaces an unverified registration. False if the address is verified, or the user was let into
/// a workspace: then the account exists, whatever a stranger enters. The user's workspaces must be
/// locked, because theirs gets the new name.
pub async fn register_again(
    tx: &mut Tx,
    user: UserId,
    name: &str,
    password_hash: &str,
    workspace: &str,
) -> Result<bool> {
    tx.locks.take(Lock::User, user.0);
    let rows = on!(tx, c => sqlx::query(REGISTER_AGAIN).bind(user.0).bind(name).bind(password_hash)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if rows == 1 {
        let renamed: Vec<Uuid> = on!(tx, c => sqlx::query_scalar(RENAME_OWN)
            .bind(user.0).bind(workspace).fetch_all(c).await)?;
        tx.locks.take_all(Lock::Workspace, renamed);
    }
    Ok(rows == 1)
}

/// Sets the password.
pub async fn set_password(tx: &mut Tx, user: UserId, hash: &str) -> Result<()> {
    Ok(on!(tx, c => sqlx::query(SET_PASSWORD).bind(user.0).bind(hash).execute(c).await.map(drop))?)
}

/// Replaces the password hash if it is still `old`. Returns whether it was.
pub async fn replace_password(tx: &mut Tx, user: UserId, old: &str, new: &str) -> Result<bool> {
    Ok(on!(tx, c => sqlx::query(REPLACE_PASSWORD)
        .bind(user.0).bind(old).bind(new).execute(c).await.map(|done| done.rows_affected() == 1))?)
}

/// Sets the address, in lower case, as verified. `Conflict` if it is taken.
pub async fn set_email(tx: &mut Tx, user: UserId, email: &str) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(SET_EMAIL).bind(user.0).bind(email).bind(now).execute(c).await.map(drop))
        .map_err(or_conflict("e-mail address"))
}

/// Sets the name.
pub async fn set_name(tx: &mut Tx, user: UserId, name: &str) -> Result<()> {
    Ok(on!(tx, c => sqlx::query(SET_NAME).bind(user.0).bind(name).execute(c).await.map(drop))?)
}

/// Marks the address as verified, if it is still this one. False if it was verified before.
pub async fn verify_email(tx: &mut Tx, user: UserId, email: &str) -> Result<bool> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(VERIFY).bind(user.0).bind(email).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}
