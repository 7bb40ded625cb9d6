//! Account deletion: a user's own rows are deleted; rows that others refer to stay, without the
//! name.

use deskbell_protocol::{UnixMs, UserId, WorkspaceId};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::locks::Lock;
use crate::identity::users::User;
use crate::platform::purge;
use crate::workspace::limits;
use crate::{Error, Handle, Result, Tx};

/// The name of a deleted user.
pub const DELETED_USER: &str = "Deleted user";
/// Registrations that one transaction deletes.
const REGISTRATIONS: i64 = 50;

/// Tables that refer to others come first.
const THEIRS: [&str; 10] = [
    "DELETE FROM memberships WHERE user_id = $1",
    "DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM auth_sessions WHERE user_id = $1)",
    "DELETE FROM auth_sessions WHERE user_id = $1",
    "DELETE FROM api_tokens WHERE user_id = $1",
    "DELETE FROM links WHERE user_id = $1",
    "DELETE FROM backup_codes WHERE user_id = $1",
    "DELETE FROM second_factors WHERE user_id = $1",
    "DELETE FROM avatars WHERE user_id = $1",
    "DELETE FROM seen_markers WHERE user_id = $1",
    "UPDATE invitations SET email = NULL WHERE accepted_by = $1",
];
const MAILS: &str = "DELETE FROM mails WHERE recipient = $1";
// An address contains an @, so nobody can register with what replaces it.
const ERASE: &str = "UPDATE users SET name = $2, email = 'deleted:' || CAST($3 AS TEXT), \
    password_hash = '', is_operator = FALSE, avatar_id = NULL, suspended_at = $4, deleted_at = $4 \
    WHERE id = $1 AND deleted_at IS NULL";

/// Selects the registrations from before `$1` that were not confirmed, and have no valid link at `$2`.
macro_rules! select_unconfirmed {
    ($clauses:literal) => {
        concat!(
            "SELECT c.id, m.workspace_id FROM users c ",
            "JOIN memberships m ON m.user_id = c.id AND m.role = 'owner' ",
            "WHERE c.email_verified_at IS NULL AND c.created_at < $1 ",
            "AND c.deleted_at IS NULL AND c.suspended_at IS NULL AND NOT c.is_operator ",
            "AND NOT EXISTS (SELECT 1 FROM links l WHERE l.user_id = c.id AND l.expires_at > $2) ",
            "AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.accepted_by = c.id) ",
            "AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.user_id = c.id AND o.workspace_id <> m.workspace_id) ",
            "AND NOT EXISTS (SELECT 1 FROM memberships o WHERE o.workspace_id = m.workspace_id AND o.user_id <> c.id) ",
            "AND NOT EXISTS (SELECT 1 FROM sites s WHERE s.workspace_id = m.workspace_id) ",
            $clauses
        )
    };
}

const UNCONFIRMED: &str = select_unconfirmed!("ORDER BY c.created_at LIMIT $3");
const IS_UNCONFIRMED: &str = select_unconfirmed!("AND c.id = $3");
const FORGET: &str = "DELETE FROM users WHERE id = $1";

#[derive(FromRow)]
struct UnconfirmedRow {
    id: Uuid,
    workspace_id: Uuid,
}

/// Deletes a user's data. Their conversations must have been assigned to others. `NotFound` if the
/// user was deleted before.
pub async fn erase_user(tx: &mut Tx, user: &User) -> Result<()> {
    let (id, now) = (user.id.0, tx.now());
    for sql in THEIRS {
        on!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    }
    on!(tx, c => sqlx::query(MAILS).bind(&user.email).execute(c).await.map(drop))?;
    let rows = on!(tx, c => sqlx::query(ERASE)
        .bind(id).bind(DELETED_USER).bind(id.to_string()).bind(now)
        .execute(c).await.map(|done| done.rows_affected()))?;
    match rows {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Whether [`forget_unconfirmed`] would delete a registration.
pub async fn any_unconfirmed(
    handle: &mut impl Handle,
    before: UnixMs,
    now: UnixMs,
) -> Result<bool> {
    let found: Option<UnconfirmedRow> = on!(handle, c => sqlx::query_as(UNCONFIRMED)
        .bind(before).bind(now).bind(1_i64).fetch_optional(c).await)?;
    Ok(found.is_some())
}

/// Deletes some unverified registrations from before `before` for which no token is valid, with
/// their unused workspace; the workspace's rows are purged like those of any deleted one. Users who
/// were invited to another workspace are kept. Returns the deleted users.
///
/// The workspaces are locked first and then the users, each in the order of their ids. Only then it
/// is certain who is still unconfirmed and alone.
pub async fn forget_unconfirmed(tx: &mut Tx, before: UnixMs) -> Result<Vec<UserId>> {
    let now = tx.now();
    let mut found: Vec<UnconfirmedRow> = on!(tx, c => sqlx::query_as(UNCONFIRMED)
        .bind(before).bind(now).bind(REGISTRATIONS).fetch_all(c).await)?;
    found.sort_by_key(|row| row.workspace_id);
    for row in &found {
        limits::lock_workspace(tx, row.workspace_id.into()).await?;
    }
    found.sort_by_key(|row| row.id);
    let sql = IS_UNCONFIRMED.to_owned() + tx.for_update();
    let mut unconfirmed: Vec<UnconfirmedRow> = Vec::new();
    for row in found {
        tx.locks.take(Lock::User, row.id);
        let sql = AssertSqlSafe(sql.clone());
        let row = on!(tx, c => sqlx::query_as(sql)
            .bind(before).bind(now).bind(row.id).fetch_optional(c).await)?;
        unconfirmed.extend(row);
    }
    for UnconfirmedRow { id, workspace_id } in &unconfirmed {
        purge::mark_deleted(tx, WorkspaceId::from(*workspace_id)).await?;
        on!(tx, c => sqlx::query("DELETE FROM links WHERE user_id = $1").bind(*id).execute(c).await.map(drop))?;
        on!(tx, c => sqlx::query(FORGET).bind(*id).execute(c).await.map(drop))?;
    }
    Ok(unconfirmed.iter().map(|row| UserId::from(row.id)).collect())
}
