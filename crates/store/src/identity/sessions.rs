//! Sessions of signed-in browsers, and their refresh tokens.

use deskbell_protocol::{AgentView, Role, SessionId, UnixMs, UserId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::error::or_conflict;
use crate::{Handle, Result, Tx, WorkspaceScope};

/// A session to create.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub user_id: UserId,
    pub workspace_id: WorkspaceId,
    /// The session of an operator who has entered the workspace without being a member.
    pub entered: bool,
    pub address: String,
    pub user_agent: String,
    pub expires_at: UnixMs,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub workspace_name: String,
    pub entered: bool,
    pub address: String,
    pub user_agent: String,
    pub created_at: UnixMs,
    pub last_used_at: UnixMs,
}

/// The identity behind a valid session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionIdentity {
    pub scope: WorkspaceScope,
    pub email: String,
    /// Id of the person's picture.
    pub avatar_id: Option<String>,
    pub workspace_name: String,
    /// Whether the person is an operator of the platform.
    pub is_operator: bool,
    /// Whether the person has entered as operator, not as a member.
    pub entered: bool,
    /// Whether the person has set themselves away.
    pub away: bool,
    pub workspace_suspended: bool,
    /// The reason of the suspension; empty if there is none.
    pub workspace_suspended_for: String,
    pub last_used_at: UnixMs,
}

/// A stored refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    pub id: Uuid,
    pub session_id: SessionId,
    pub user_id: UserId,
    pub workspace_id: WorkspaceId,
    /// Whether the session has entered the workspace as operator, not as a member.
    pub entered: bool,
    /// The address from which the session was renewed last, or created.
    pub address: String,
    /// The user agent that renewed the session last, or created it.
    pub user_agent: String,
    pub created_at: UnixMs,
    pub expires_at: UnixMs,
    pub used: bool,
    pub revoked: bool,
}

#[derive(FromRow)]
struct SessionRow {
    id: Uuid,
    workspace_name: String,
    entered: bool,
    address: String,
    user_agent: String,
    created_at: i64,
    last_used_at: i64,
}

#[derive(FromRow)]
struct SignedRow {
    user_id: Uuid,
    name: String,
    email: String,
    avatar_id: Option<String>,
    is_operator: bool,
    workspace_id: Uuid,
    workspace_name: String,
    workspace_suspended_at: Option<i64>,
    workspace_suspended_for: String,
    role: Option<String>,
    away: Option<bool>,
    entered: bool,
    last_used_at: i64,
}

#[derive(FromRow)]
struct RefreshRow {
    id: Uuid,
    session_id: Uuid,
    user_id: Uuid,
    workspace_id: Uuid,
    entered: bool,
    address: String,
    user_agent: String,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
}

const INSERT: &str = "INSERT INTO auth_sessions \
    (id, workspace_id, user_id, entered, address, user_agent, created_at, last_used_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
const SIGNED: &str = "SELECT u.id AS user_id, u.name, u.email, u.avatar_id, u.is_operator, \
    w.id AS workspace_id, w.name AS workspace_name, w.suspended_at AS workspace_suspended_at, \
    w.suspended_for AS workspace_suspended_for, m.role, m.away, s.entered, s.last_used_at \
    FROM auth_sessions s JOIN users u ON u.id = s.user_id JOIN workspaces w ON w.id = s.workspace_id \
    LEFT JOIN memberships m ON m.user_id = s.user_id AND m.workspace_id = s.workspace_id \
    WHERE s.id = $1 AND s.user_id = $2 AND s.workspace_id = $3 AND s.expires_at > $4 \
    AND s.revoked_at IS NULL AND u.suspended_at IS NULL";
const LIST: &str = "SELECT s.id, w.name AS workspace_name, s.entered, s.address, s.user_agent, s.created_at, s.last_used_at \
    FROM auth_sessions s JOIN workspaces w ON w.id = s.workspace_id \
    WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 ORDER BY s.last_used_at DESC, s.id";
const WORKSPACES: &str = "SELECT workspace_id FROM auth_sessions WHERE user_id = $1 \
    UNION SELECT workspace_id FROM memberships WHERE user_id = $1";
const USED: &str = "UPDATE auth_sessions SET last_used_at = $2, address = $3 WHERE id = $1";
const KEEP: &str = "UPDATE auth_sessions SET last_used_at = $2, expires_at = $3, address = $4, user_agent = $5 WHERE id = $1";
const MOVE: &str =
    "UPDATE auth_sessions SET workspace_id = $2, entered = $3, last_used_at = $4 WHERE id = $1";
const MOVE_REFRESHES: &str = "UPDATE refresh_tokens SET workspace_id = $2 WHERE session_id = $1";
const REVOKE: &str = "UPDATE auth_sessions SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL";
const REVOKE_OTHERS: &str = "UPDATE auth_sessions SET revoked_at = $3 \
    WHERE user_id = $1 AND revoked_at IS NULL AND ($2 IS NULL OR id <> $2) RETURNING id";
const REVOKE_OF_MEMBER: &str = "UPDATE auth_sessions SET revoked_at = $3 \
    WHERE user_id = $1 AND workspace_id = $2 AND revoked_at IS NULL RETURNING id";
const INSERT_REFRESH: &str = "INSERT INTO refresh_tokens \
    (id, session_id, workspace_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
const BY_HASH: &str = "SELECT r.id, r.session_id, s.user_id, s.workspace_id, s.entered, s.address, \
    s.user_agent, r.created_at, r.expires_at, r.used_at, s.revoked_at \
    FROM refresh_tokens r JOIN auth_sessions s ON s.id = r.session_id WHERE r.token_hash = $1";
const USE: &str = "UPDATE refresh_tokens SET used_at = $2 WHERE id = $1 AND used_at IS NULL";
const FORGET_USED: &str = "DELETE FROM refresh_tokens WHERE used_at < $1";
const LAST_WORKSPACE: &str = "SELECT workspace_id FROM auth_sessions WHERE user_id = $1 AND NOT entered \
    ORDER BY last_used_at DESC, id DESC LIMIT 1";
const DELETE_PAST: &str = "DELETE FROM auth_sessions WHERE expires_at < $1";

/// Creates a session.
pub async fn create_session(tx: &mut Tx, new: NewSession) -> Result<SessionId> {
    let id = SessionId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(new.workspace_id.0).bind(new.user_id.0).bind(new.entered)
        .bind(&new.address).bind(&new.user_agent).bind(now).bind(new.expires_at)
        .execute(c).await.map(drop))?;
    Ok(id)
}

/// Finds the identity behind a session at `now`. `None` if the session has ended, the person is
/// suspended, or they are neither a member nor have entered as operator.
pub async fn find_session_identity(
    handle: &mut impl Handle,
    id: SessionId,
    user: UserId,
    workspace: WorkspaceId,
    now: UnixMs,
) -> Result<Option<SessionIdentity>> {
    let row: Option<SignedRow> = on!(handle, c => sqlx::query_as(SIGNED)
        .bind(id.0).bind(user.0).bind(workspace.0).bind(now)
        .fetch_optional(c).await)?;
    Ok(row.and_then(SignedRow::signed))
}

/// Lists the person's sessions, the one used last first.
pub async fn list_sessions(
    handle: &mut impl Handle,
    user: UserId,
    now: UnixMs,
) -> Result<Vec<Session>> {
    let rows: Vec<SessionRow> =
        on!(handle, c => sqlx::query_as(LIST).bind(user.0).bind(now).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// Records that the session was used now, from this address.
pub async fn set_used(tx: &mut Tx, id: SessionId, address: &str) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(USED).bind(id.0).bind(now).bind(address).execute(c).await.map(drop))?;
    Ok(())
}

/// Extends a session that was renewed from this address with this program.
pub async fn extend_session(
    tx: &mut Tx,
    id: SessionId,
    expires_at: UnixMs,
    address: &str,
    user_agent: &str,
) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(KEEP)
        .bind(id.0).bind(now).bind(expires_at).bind(address).bind(user_agent)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Moves the session and its refresh tokens to another workspace.
pub async fn move_session(
    tx: &mut Tx,
    id: SessionId,
    workspace: WorkspaceId,
    entered: bool,
) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(MOVE).bind(id.0).bind(workspace.0).bind(entered).bind(now).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(MOVE_REFRESHES).bind(id.0).bind(workspace.0).execute(c).await.map(drop))?;
    Ok(())
}

/// Ends one session of a person. False if there is no such session.
pub async fn revoke_session(tx: &mut Tx, user: UserId, id: SessionId) -> Result<bool> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(REVOKE).bind(id.0).bind(user.0).bind(now)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// Ends all sessions of a person except this one, if one is named. Returns the ended ones.
pub async fn revoke_other_sessions(
    tx: &mut Tx,
    user: UserId,
    kept: Option<SessionId>,
) -> Result<Vec<SessionId>> {
    let now = tx.now();
    let ids: Vec<Uuid> = on!(tx, c => sqlx::query_scalar(REVOKE_OTHERS)
        .bind(user.0).bind(kept.map(|id| id.0)).bind(now).fetch_all(c).await)?;
    Ok(ids.into_iter().map(SessionId::from).collect())
}

/// Lists the workspaces in which this person may have a socket: those with a current or past session or a
/// membership.
pub async fn list_session_workspaces(
    handle: &mut impl Handle,
    user: UserId,
) -> Result<Vec<WorkspaceId>> {
    let ids: Vec<Uuid> =
        on!(handle, c => sqlx::query_scalar(WORKSPACES).bind(user.0).fetch_all(c).await)?;
    Ok(ids.into_iter().map(WorkspaceId::from).collect())
}

/// Finds the workspace in which this person worked last as a member.
pub async fn find_last_workspace(
    handle: &mut impl Handle,
    user: UserId,
) -> Result<Option<WorkspaceId>> {
    let id: Option<Uuid> =
        on!(handle, c => sqlx::query_scalar(LAST_WORKSPACE).bind(user.0).fetch_optional(c).await)?;
    Ok(id.map(WorkspaceId::from))
}

/// Ends a person's sessions in one workspace. Returns the ended ones.
pub async fn revoke_member_sessions(
    tx: &mut Tx,
    user: UserId,
    workspace: WorkspaceId,
) -> Result<Vec<SessionId>> {
    let now = tx.now();
    let ids: Vec<Uuid> = on!(tx, c => sqlx::query_scalar(REVOKE_OF_MEMBER)
        .bind(user.0).bind(workspace.0).bind(now).fetch_all(c).await)?;
    Ok(ids.into_iter().map(SessionId::from).collect())
}

/// Deletes sessions that ended before `before`.
pub async fn delete_past_sessions(tx: &mut Tx, before: UnixMs) -> Result<u64> {
    Ok(on!(tx, c => sqlx::query(DELETE_PAST).bind(before)
        .execute(c).await.map(|done| done.rows_affected()))?)
}

/// Deletes refresh tokens that were used before `before`.
pub async fn delete_used_refreshes(tx: &mut Tx, before: UnixMs) -> Result<u64> {
    Ok(on!(tx, c => sqlx::query(FORGET_USED).bind(before)
        .execute(c).await.map(|done| done.rows_affected()))?)
}

/// Saves the hash of a session's next refresh token.
pub async fn create_refresh(
    tx: &mut Tx,
    session: SessionId,
    workspace: WorkspaceId,
    token_hash: &str,
    expires_at: UnixMs,
) -> Result<()> {
    let id = tx.new_uuid();
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT_REFRESH)
        .bind(id).bind(session.0).bind(workspace.0).bind(token_hash).bind(now).bind(expires_at)
        .execute(c).await.map(drop))
    .map_err(or_conflict("token"))
}

/// Finds the token with this hash, valid or not.
pub async fn find_refresh_by_hash(handle: &mut impl Handle, hash: &str) -> Result<Option<Refresh>> {
    let row: Option<RefreshRow> =
        on!(handle, c => sqlx::query_as(BY_HASH).bind(hash).fetch_optional(c).await)?;
    Ok(row.map(Refresh::from))
}

/// Marks a token as used. False if it was used before.
pub async fn use_refresh(tx: &mut Tx, id: Uuid) -> Result<bool> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(USE).bind(id).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

impl SignedRow {
    fn signed(self) -> Option<SessionIdentity> {
        let role = match self.role.as_deref() {
            Some(word) => Role::from_word(word),
            None if self.entered && self.is_operator => Role::Admin,
            None => return None,
        };
        Some(SessionIdentity {
            scope: WorkspaceScope {
                workspace_id: self.workspace_id.into(),
                user: AgentView {
                    id: self.user_id.into(),
                    name: self.name,
                },
                role,
            },
            email: self.email,
            avatar_id: self.avatar_id,
            workspace_name: self.workspace_name,
            is_operator: self.is_operator,
            entered: self.entered,
            away: self.away.unwrap_or(true),
            workspace_suspended: self.workspace_suspended_at.is_some(),
            workspace_suspended_for: self.workspace_suspended_for,
            last_used_at: self.last_used_at,
        })
    }
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id.into(),
            workspace_name: row.workspace_name,
            entered: row.entered,
            address: row.address,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

impl From<RefreshRow> for Refresh {
    fn from(row: RefreshRow) -> Self {
        Self {
            id: row.id,
            session_id: row.session_id.into(),
            user_id: row.user_id.into(),
            workspace_id: row.workspace_id.into(),
            entered: row.entered,
            address: row.address,
            user_agent: row.user_agent,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used: row.used_at.is_some(),
            revoked: row.revoked_at.is_some(),
        }
    }
}
