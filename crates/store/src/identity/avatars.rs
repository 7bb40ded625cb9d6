//! Profile pictures.

use deskbell_protocol::{UserId, WorkspaceId};
use sqlx::FromRow;

use crate::{Handle, Result, Tx};

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Avatar {
    /// As in `image/png`.
    pub media_type: String,
    pub content: Vec<u8>,
}

const DELETE: &str = "DELETE FROM avatars WHERE user_id = $1";
const INSERT: &str = "INSERT INTO avatars (id, user_id, media_type, content, created_at) VALUES ($1, $2, $3, $4, $5)";
const SET: &str = "UPDATE users SET avatar_id = $2 WHERE id = $1";
const FIND: &str = "SELECT media_type, content FROM avatars WHERE id = $1";

const SIZE: &str =
    "SELECT CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT) FROM avatars WHERE user_id = $1";
const SIZE_IN_WORKSPACE: &str = "SELECT CAST(COALESCE(SUM(LENGTH(a.content)), 0) AS BIGINT) \
    FROM memberships m JOIN avatars a ON a.user_id = m.user_id WHERE m.workspace_id = $1";

/// The path of the picture with this id.
pub fn url(id: &str) -> String {
    format!("/avatars/{id}")
}

/// Sets a user's picture. `id` must be unguessable.
pub async fn set_avatar(tx: &mut Tx, user: UserId, id: &str, avatar: &Avatar) -> Result<()> {
    delete_avatar(tx, user).await?;
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id).bind(user.0).bind(&avatar.media_type).bind(&avatar.content).bind(now)
        .execute(c).await.map(drop))?;
    Ok(on!(tx, c => sqlx::query(SET).bind(user.0).bind(id).execute(c).await.map(drop))?)
}

/// Deletes a user's picture.
pub async fn delete_avatar(tx: &mut Tx, user: UserId) -> Result<()> {
    on!(tx, c => sqlx::query(DELETE).bind(user.0).execute(c).await.map(drop))?;
    let none: Option<&str> = None;
    Ok(on!(tx, c => sqlx::query(SET).bind(user.0).bind(none).execute(c).await.map(drop))?)
}

/// The size of a user's picture in bytes; 0 without one.
pub async fn size(handle: &mut impl Handle, user: UserId) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(SIZE).bind(user.0).fetch_one(c).await)?)
}

/// The size of the pictures of a workspace's members in bytes.
pub async fn size_in_workspace(handle: &mut impl Handle, workspace: WorkspaceId) -> Result<i64> {
    Ok(
        on!(handle, c => sqlx::query_scalar(SIZE_IN_WORKSPACE).bind(workspace.0).fetch_one(c).await)?,
    )
}

/// Gets the picture with this id.
pub async fn find_avatar(handle: &mut impl Handle, id: &str) -> Result<Option<Avatar>> {
    Ok(on!(handle, c => sqlx::query_as(FIND).bind(id).fetch_optional(c).await)?)
}
