//! The members of a workspace, their roles and their removal.

use deskbell_protocol::api::workspace::members::Member;
use deskbell_protocol::{ConversationId, Role, UserId, WorkspaceId};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::locks::Lock;
use crate::db::rows::runs;
use crate::identity::avatars;
use crate::{Error, Handle, Result, Tx, WorkspaceScope};

#[derive(FromRow)]
struct Row {
    user_id: Uuid,
    name: String,
    email: String,
    avatar_id: Option<String>,
    role: String,
    away: bool,
    created_at: i64,
}

macro_rules! select_member {
    ($clauses:literal) => {
        concat!(
            "SELECT m.user_id, u.name, u.email, u.avatar_id, m.role, m.away, m.created_at ",
            "FROM memberships m JOIN users u ON u.id = m.user_id ",
            $clauses
        )
    };
}

const LIST: &str = select_member!("WHERE m.workspace_id = $1 ORDER BY m.created_at, m.user_id");
const FIND: &str = select_member!("WHERE m.workspace_id = $1 AND m.user_id = $2");
const COUNT: &str = "SELECT COUNT(*) FROM memberships WHERE workspace_id = $1";
const OWNERS: &str = "SELECT COUNT(*) FROM memberships WHERE workspace_id = $1 AND role = 'owner'";
const SET_ROLE: &str = "UPDATE memberships SET role = $3 WHERE workspace_id = $1 AND user_id = $2";
const DELETE: &str = "DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2";
const HOLD: &str =
    "SELECT c.user_id FROM memberships c WHERE c.workspace_id = $1 AND c.user_id = $2";
const HOLD_ALL: [&str; 2] = [
    "WITH asked (workspace_id, user_id) AS (VALUES ",
    ") SELECT c.user_id FROM memberships c JOIN asked ON asked.workspace_id = c.workspace_id \
    AND asked.user_id = c.user_id ORDER BY c.user_id",
];
const ASSIGNED: &str = "SELECT id FROM conversations \
    WHERE workspace_id = $1 AND assignee_id = $2 AND status = 'active' ORDER BY id";

/// Lists the workspace's members, in the order in which they joined.
pub async fn list_members(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<Vec<Member>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST).bind(scope.workspace_id.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Member::from).collect())
}

/// Gets a member of the workspace.
pub async fn get_member(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    user: UserId,
) -> Result<Member> {
    let row: Row = on!(handle, c => sqlx::query_as(FIND).bind(scope.workspace_id.0).bind(user.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Counts the workspace's members.
pub async fn count_members(handle: &mut impl Handle, workspace: WorkspaceId) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(COUNT).bind(workspace.0).fetch_one(c).await)?)
}

/// Counts the workspace's owners.
pub async fn count_owners(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(OWNERS).bind(scope.workspace_id.0).fetch_one(c).await)?)
}

/// Sets the role of a member.
pub async fn set_role(tx: &mut Tx, scope: &WorkspaceScope, user: UserId, role: Role) -> Result<()> {
    let rows = on!(tx, c => sqlx::query(SET_ROLE)
        .bind(scope.workspace_id.0).bind(user.0).bind(role.as_str())
        .execute(c).await.map(|done| done.rows_affected()))?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// Deletes a membership, and with it the member's places in teams. From then on no conversation can be
/// assigned to this member ([`lock_shared_membership`]).
pub async fn delete_membership(tx: &mut Tx, scope: &WorkspaceScope, user: UserId) -> Result<()> {
    let rows = on!(tx, c => sqlx::query(DELETE)
        .bind(scope.workspace_id.0).bind(user.0)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// Locks a membership, shared, until the commit; `NotFound` if it has ended. A transaction that assigns a
/// conversation to a member locks their membership first, before the conversation.
pub async fn lock_shared_membership(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<()> {
    tx.locks.take(Lock::Membership, user.0);
    let sql = HOLD.to_owned() + tx.for_key_share();
    let _: Uuid = on!(tx, c => sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(workspace.0).bind(user.0).fetch_one(c).await)?;
    Ok(())
}

/// Locks memberships, shared, until the commit; returns the members among these users.
pub async fn lock_shared_memberships(
    tx: &mut Tx,
    workspace: WorkspaceId,
    users: &[UserId],
) -> Result<Vec<UserId>> {
    tx.locks
        .take_all(Lock::Membership, users.iter().map(|user| user.0));
    let mut members = Vec::with_capacity(users.len());
    for run in runs(users) {
        let [begin, end] = HOLD_ALL;
        let sql =
            begin.to_owned() + &tx.placeholders().rows(run.len(), 2) + end + tx.for_key_share();
        let found: Vec<Uuid> = on!(tx, c => {
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
            for user in run {
                query = query.bind(workspace.0).bind(user.0);
            }
            query.fetch_all(c).await
        })?;
        members.extend(found.into_iter().map(UserId::from));
    }
    Ok(members)
}

/// Lists the conversations that are assigned to a member and active.
pub async fn list_assigned(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    user: UserId,
) -> Result<Vec<ConversationId>> {
    list_assigned_in(handle, scope.workspace_id, user).await
}

/// The same, for the server's own use: nobody is shown them.
pub async fn list_assigned_in(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<Vec<ConversationId>> {
    let ids: Vec<Uuid> = on!(handle, c => sqlx::query_scalar(ASSIGNED)
        .bind(workspace.0).bind(user.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(ConversationId::from).collect())
}

impl From<Row> for Member {
    fn from(row: Row) -> Self {
        Self {
            user_id: row.user_id.into(),
            name: row.name,
            email: row.email,
            avatar_url: row.avatar_id.as_deref().map(avatars::url),
            role: Role::from_word(&row.role),
            away: row.away,
            joined_at: row.created_at,
        }
    }
}
