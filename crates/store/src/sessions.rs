//! Refresh tokens, as hashes. Those that follow one another form a family.

use deskbell_protocol::{UnixMs, UserId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::error::or_conflict;
use crate::{Handle, Result, Tx};

/// A refresh token as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    pub id: Uuid,
    pub family: String,
    pub user_id: UserId,
    pub workspace_id: WorkspaceId,
    pub expires_at: UnixMs,
    pub revoked_at: Option<UnixMs>,
}

/// A refresh token to be kept.
#[derive(Clone, Debug)]
pub struct NewRefresh {
    pub family: String,
    pub user_id: UserId,
    pub workspace_id: WorkspaceId,
    pub token_hash: String,
    pub expires_at: UnixMs,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    family: String,
    user_id: Uuid,
    workspace_id: Uuid,
    expires_at: i64,
    revoked_at: Option<i64>,
}

const INSERT: &str = "INSERT INTO refresh_tokens \
    (id, family, workspace_id, user_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const BY_HASH: &str = "SELECT id, family, user_id, workspace_id, expires_at, revoked_at FROM refresh_tokens WHERE token_hash = $1";
const USE: &str = "UPDATE refresh_tokens SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL";
const REVOKE: &str =
    "UPDATE refresh_tokens SET revoked_at = $2 WHERE family = $1 AND revoked_at IS NULL";

/// Keeps a refresh token.
pub async fn create_refresh(tx: &mut Tx, new: NewRefresh) -> Result<()> {
    let id = UserId::from_parts(tx.now(), tx.random()).0;
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id).bind(&new.family).bind(new.workspace_id.0).bind(new.user_id.0)
        .bind(&new.token_hash).bind(now).bind(new.expires_at)
        .execute(c).await.map(drop))
    .map_err(or_conflict("token"))
}

/// The token with this hash, whether or not it is still good.
pub async fn find_refresh_by_hash(handle: &mut impl Handle, hash: &str) -> Result<Option<Refresh>> {
    let row: Option<Row> =
        on!(handle, c => sqlx::query_as(BY_HASH).bind(hash).fetch_optional(c).await)?;
    Ok(row.map(Refresh::from))
}

/// Uses a token up. False when it was used or revoked before.
pub async fn use_refresh(tx: &mut Tx, id: Uuid) -> Result<bool> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(USE).bind(id).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Ends a family: none of its tokens is good any more.
pub async fn revoke_family(tx: &mut Tx, family: &str) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(REVOKE).bind(family).bind(now).execute(c).await.map(drop))?;
    Ok(())
}

impl From<Row> for Refresh {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            family: row.family,
            user_id: row.user_id.into(),
            workspace_id: row.workspace_id.into(),
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}
