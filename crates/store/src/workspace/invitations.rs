//! Invitations to a workspace. Of the link's token only a hash is stored.

use deskbell_protocol::api::workspace::invitations::InvitationState;
use deskbell_protocol::{InvitationId, Role, UnixMs, UserId, WorkspaceId};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::locks::Lock;
use crate::error::{expect_changed, or_conflict};
use crate::{Handle, Result, Tx, WorkspaceScope};

/// A stored invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub workspace_id: WorkspaceId,
    pub workspace_name: String,
    /// The invited address, in lower case; absent: anyone with the link.
    pub email: Option<String>,
    pub role: Role,
    /// Whether the link was sent to the address and to nobody else.
    pub by_mail: bool,
    pub invited_by: String,
    pub inviter_id: UserId,
    pub created_at: UnixMs,
    pub expires_at: UnixMs,
    accepted_at: Option<UnixMs>,
    revoked_at: Option<UnixMs>,
}

/// An invitation to create.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    pub email: Option<String>,
    pub role: Role,
    pub token_hash: String,
    pub by_mail: bool,
    pub expires_at: UnixMs,
}

impl Invitation {
    /// Whether opening the link proves that the recipient reads the mail of `email`.
    pub fn proves(&self, email: &str) -> bool {
        self.by_mail && self.email.as_deref() == Some(email)
    }

    /// The state at `now`.
    pub fn state(&self, now: UnixMs) -> InvitationState {
        match self {
            Self {
                accepted_at: Some(_),
                ..
            } => InvitationState::Accepted,
            Self {
                revoked_at: Some(_),
                ..
            } => InvitationState::Revoked,
            Self { expires_at, .. } if *expires_at <= now => InvitationState::Expired,
            _ => InvitationState::Open,
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    workspace_id: Uuid,
    workspace_name: String,
    email: Option<String>,
    role: String,
    by_mail: bool,
    invited_by: String,
    inviter_id: Uuid,
    created_at: i64,
    expires_at: i64,
    accepted_at: Option<i64>,
    revoked_at: Option<i64>,
}

macro_rules! select_invitation {
    ($clauses:literal) => {
        concat!(
            "SELECT c.id, c.workspace_id, w.name AS workspace_name, c.email, c.role, c.by_mail, u.name AS invited_by, c.invited_by AS inviter_id, ",
            "c.created_at, c.expires_at, c.accepted_at, c.revoked_at FROM invitations c ",
            "JOIN workspaces w ON w.id = c.workspace_id JOIN users u ON u.id = c.invited_by ",
            $clauses
        )
    };
}

const INSERT: &str = "INSERT INTO invitations \
    (id, workspace_id, email, role, token_hash, by_mail, invited_by, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const LIST: &str =
    select_invitation!("WHERE c.workspace_id = $1 ORDER BY c.created_at DESC, c.id DESC LIMIT $2");
const BY_ID: &str = select_invitation!("WHERE c.workspace_id = $1 AND c.id = $2");
const BY_HASH: &str = select_invitation!("WHERE c.token_hash = $1 AND w.deleted_at IS NULL");
const OF_INVITER: &str = select_invitation!(
    "WHERE c.workspace_id = $1 AND c.invited_by = $2 AND c.accepted_at IS NULL AND c.revoked_at IS NULL ORDER BY c.id"
);
const INVITER: &str = "SELECT m.role, u.is_operator FROM users u \
    LEFT JOIN memberships m ON m.user_id = u.id AND m.workspace_id = $1 \
    WHERE u.id = $2 AND u.suspended_at IS NULL";
const COUNT_OPEN: &str = "SELECT COUNT(*) FROM invitations WHERE workspace_id = $1 \
    AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2";
const ANY_MEMBER_AT: &str = "SELECT EXISTS (SELECT 1 FROM memberships m JOIN users u ON u.id = m.user_id \
    WHERE m.workspace_id = $1 AND u.email = $2)";
const ANY_OPEN_TO: &str = "SELECT EXISTS (SELECT 1 FROM invitations WHERE workspace_id = $1 AND email = $2 AND id <> $3 \
    AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $4)";
const RENEW: &str = "UPDATE invitations SET token_hash = $3, by_mail = $4, expires_at = $5, invited_by = $6 \
    WHERE workspace_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL";
const REVOKE: &str = "UPDATE invitations SET revoked_at = $3 \
    WHERE workspace_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL";
const ACCEPT: &str = "UPDATE invitations SET accepted_at = $2, accepted_by = $3 \
    WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL";

const ACCEPT_REST: &str = "UPDATE invitations SET accepted_at = $3, accepted_by = $2 \
    WHERE workspace_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3 \
    AND email = (SELECT u.email FROM users u WHERE u.id = $2 AND u.email_verified_at IS NOT NULL)";

/// Creates an invitation.
pub async fn create_invitation(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    new: NewInvitation,
) -> Result<InvitationId> {
    let id = InvitationId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(scope.workspace_id.0).bind(new.email.as_deref()).bind(new.role.as_str())
        .bind(&new.token_hash).bind(new.by_mail).bind(scope.user.id.0).bind(now).bind(new.expires_at)
        .execute(c).await.map(drop))
    .map_err(or_conflict("invitation"))?;
    Ok(id)
}

/// Lists the workspace's invitations, the newest first.
pub async fn list_invitations(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    limit: i64,
) -> Result<Vec<Invitation>> {
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(LIST).bind(scope.workspace_id.0).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

/// Gets an invitation of the workspace.
pub async fn get_invitation(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    id: InvitationId,
) -> Result<Invitation> {
    let row: Row = on!(handle, c => sqlx::query_as(BY_ID).bind(scope.workspace_id.0).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Finds the invitation by the hash of its token, in any state. The token is the permission to see
/// it.
pub async fn find_invitation_by_hash(
    handle: &mut impl Handle,
    hash: &str,
) -> Result<Option<Invitation>> {
    let row: Option<Row> =
        on!(handle, c => sqlx::query_as(BY_HASH).bind(hash).fetch_optional(c).await)?;
    Ok(row.map(Invitation::from))
}

/// Finds an invitation by the hash of its token and locks it until the commit.
pub async fn lock_invitation_by_hash(tx: &mut Tx, hash: &str) -> Result<Option<Invitation>> {
    // Its id is not known yet, and a transaction locks one.
    tx.locks.take(Lock::Invitation, Uuid::nil());
    let sql = BY_HASH.to_owned() + tx.for_update();
    let row: Option<Row> =
        on!(tx, c => sqlx::query_as(AssertSqlSafe(sql)).bind(hash).fetch_optional(c).await)?;
    Ok(row.map(Invitation::from))
}

/// Lists one member's invitations that were neither accepted nor revoked.
pub async fn list_invitations_of(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    inviter: UserId,
) -> Result<Vec<Invitation>> {
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(OF_INVITER)
        .bind(scope.workspace_id.0).bind(inviter.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

/// Finds the current role of an invitation's inviter; an operator of the platform counts as an
/// admin. `None` if they have no role any more.
pub async fn find_inviter_role(
    handle: &mut impl Handle,
    invitation: &Invitation,
) -> Result<Option<Role>> {
    let row: Option<(Option<String>, bool)> = on!(handle, c => sqlx::query_as(INVITER)
        .bind(invitation.workspace_id.0).bind(invitation.inviter_id.0).fetch_optional(c).await)?;
    Ok(row.and_then(|(role, is_operator)| match role.as_deref() {
        Some(word) => Some(Role::from_word(word)),
        None => is_operator.then_some(Role::Admin),
    }))
}

/// Counts the invitations that can still be accepted.
pub async fn count_open(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    now: UnixMs,
) -> Result<i64> {
    Ok(
        on!(handle, c => sqlx::query_scalar(COUNT_OPEN).bind(scope.workspace_id.0).bind(now).fetch_one(c).await)?,
    )
}

/// Whether a member of the workspace has this address, in lower case.
pub async fn is_member_address(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    email: &str,
) -> Result<bool> {
    Ok(on!(handle, c => sqlx::query_scalar(ANY_MEMBER_AT)
        .bind(scope.workspace_id.0).bind(email).fetch_one(c).await)?)
}

/// Whether this address, in lower case, has an open invitation to the workspace other than `except`.
pub async fn has_open_invitation(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    email: &str,
    except: Option<InvitationId>,
) -> Result<bool> {
    let now = tx.now();
    let except = except.map_or(Uuid::nil(), |id| id.0);
    Ok(on!(tx, c => sqlx::query_scalar(ANY_OPEN_TO)
        .bind(scope.workspace_id.0).bind(email).bind(except).bind(now).fetch_one(c).await)?)
}

/// Replaces the link of an invitation, and its inviter. `NotFound` if it was accepted or revoked.
pub async fn renew_invitation(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    id: InvitationId,
    token_hash: &str,
    by_mail: bool,
    expires_at: UnixMs,
) -> Result<()> {
    let rows = on!(tx, c => sqlx::query(RENEW)
        .bind(scope.workspace_id.0).bind(id.0).bind(token_hash).bind(by_mail).bind(expires_at).bind(scope.user.id.0)
        .execute(c).await.map(|done| done.rows_affected()))?;
    expect_changed(rows)
}

/// Revokes an invitation. `NotFound` if it was accepted or revoked.
pub async fn revoke_invitation(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    id: InvitationId,
) -> Result<()> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(REVOKE)
        .bind(scope.workspace_id.0).bind(id.0).bind(now)
        .execute(c).await.map(|done| done.rows_affected()))?;
    expect_changed(rows)
}

/// Accepts an invitation that is locked and open.
pub async fn accept_invitation(tx: &mut Tx, id: InvitationId, user: UserId) -> Result<()> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(ACCEPT)
        .bind(id.0).bind(now).bind(user.0)
        .execute(c).await.map(|done| done.rows_affected()))?;
    expect_changed(rows)
}

/// Marks the open invitations to a member's address as accepted, if the address is verified: a
/// member needs no invitation. The workspace must be locked.
pub async fn accept_invitations_to_member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(ACCEPT_REST)
        .bind(workspace.0).bind(user.0).bind(now).execute(c).await.map(drop))?;
    Ok(())
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            workspace_id: row.workspace_id.into(),
            workspace_name: row.workspace_name,
            email: row.email,
            role: Role::from_word(&row.role),
            by_mail: row.by_mail,
            invited_by: row.invited_by,
            inviter_id: row.inviter_id.into(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            revoked_at: row.revoked_at,
        }
    }
}
