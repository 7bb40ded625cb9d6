//! API tokens, stored as hashes. Each acts as the member who created it.

use deskbell_protocol::api::workspace::tokens::TokenScope;
use deskbell_protocol::{AgentView, ApiTokenId, Role, UnixMs, UserId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::{Json, Uuid};

use crate::error::or_conflict;
use crate::{Handle, Result, Tx, WorkspaceScope};

/// A token to save.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    pub name: String,
    /// The last characters, so that people can tell tokens apart.
    pub hint: String,
    pub token_hash: String,
    pub scopes: Vec<TokenScope>,
    pub expires_at: Option<UnixMs>,
}

/// A token as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: ApiTokenId,
    pub user: AgentView,
    pub name: String,
    pub hint: String,
    pub scopes: Vec<TokenScope>,
    pub created_at: UnixMs,
    pub expires_at: Option<UnixMs>,
    pub last_used_at: Option<UnixMs>,
    pub last_used_address: Option<String>,
}

/// The identity behind a valid token, and what it allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenIdentity {
    pub id: ApiTokenId,
    pub name: String,
    pub scope: WorkspaceScope,
    pub scopes: Vec<TokenScope>,
    pub email: String,
    /// Id of the member's picture.
    pub avatar_id: Option<String>,
    pub workspace_name: String,
    pub workspace_suspended: bool,
    pub expires_at: Option<UnixMs>,
    pub last_used_at: Option<UnixMs>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    user_name: String,
    name: String,
    hint: String,
    scopes: Json<Vec<TokenScope>>,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    last_used_address: Option<String>,
}

#[derive(FromRow)]
struct TokenIdentityRow {
    id: Uuid,
    name: String,
    scopes: Json<Vec<TokenScope>>,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    user_id: Uuid,
    user_name: String,
    email: String,
    avatar_id: Option<String>,
    workspace_id: Uuid,
    workspace_name: String,
    suspended_at: Option<i64>,
    role: String,
}

const INSERT: &str = "INSERT INTO api_tokens \
    (id, workspace_id, user_id, name, hint, token_hash, scopes, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const LIST: &str = "SELECT t.id, t.user_id, u.name AS user_name, t.name, t.hint, t.scopes, \
    t.created_at, t.expires_at, t.last_used_at, t.last_used_address \
    FROM api_tokens t JOIN users u ON u.id = t.user_id \
    WHERE t.workspace_id = $1 AND t.revoked_at IS NULL ORDER BY t.created_at DESC, t.id";
const COUNT: &str =
    "SELECT COUNT(*) FROM api_tokens WHERE workspace_id = $1 AND revoked_at IS NULL";
const BY_HASH: &str = "SELECT t.id, t.name, t.scopes, t.expires_at, t.last_used_at, u.id AS user_id, u.name AS user_name, u.email, u.avatar_id, \
    w.id AS workspace_id, w.name AS workspace_name, w.suspended_at, m.role \
    FROM api_tokens t JOIN users u ON u.id = t.user_id JOIN workspaces w ON w.id = t.workspace_id \
    JOIN memberships m ON m.user_id = t.user_id AND m.workspace_id = t.workspace_id \
    WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND u.suspended_at IS NULL";
const USED: &str = "UPDATE api_tokens SET last_used_at = $2, last_used_address = $3 WHERE id = $1";
const REVOKE: &str = "UPDATE api_tokens SET revoked_at = $3 \
    WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING name, user_id";
const REVOKE_OF_MEMBER: &str = "UPDATE api_tokens SET revoked_at = $3 \
    WHERE workspace_id = $1 AND user_id = $2 AND revoked_at IS NULL";

/// Saves a token of this member.
pub async fn create_api_token(
    tx: &mut Tx,
    owner: &WorkspaceScope,
    new: &NewApiToken,
) -> Result<ApiTokenId> {
    let id = ApiTokenId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(owner.workspace_id.0).bind(owner.user.id.0).bind(&new.name).bind(&new.hint)
        .bind(&new.token_hash).bind(Json(&new.scopes)).bind(now).bind(new.expires_at)
        .execute(c).await.map(drop))
    .map_err(or_conflict("token"))?;
    Ok(id)
}

/// Lists the workspace's tokens, expired ones too, the newest first.
pub async fn list_api_tokens(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
) -> Result<Vec<ApiToken>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST).bind(scope.workspace_id.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(ApiToken::from).collect())
}

/// Counts the workspace's tokens.
pub async fn count_api_tokens(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(COUNT).bind(scope.workspace_id.0).fetch_one(c).await)?)
}

/// Finds the identity behind the token with this hash; `None` if it is revoked, or its creator is
/// suspended or no longer a member. The caller checks whether the token has expired.
pub async fn find_token_identity(
    handle: &mut impl Handle,
    hash: &str,
) -> Result<Option<TokenIdentity>> {
    let row: Option<TokenIdentityRow> =
        on!(handle, c => sqlx::query_as(BY_HASH).bind(hash).fetch_optional(c).await)?;
    Ok(row.map(TokenIdentity::from))
}

/// Records that the token was used now, from this address.
pub async fn set_used(tx: &mut Tx, id: ApiTokenId, address: &str) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(USED).bind(id.0).bind(now).bind(address).execute(c).await.map(drop))?;
    Ok(())
}

/// Revokes a token of the workspace. Returns its name and who created it; `None` if there is no
/// such token.
pub async fn revoke_api_token(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    id: ApiTokenId,
) -> Result<Option<(String, UserId)>> {
    let now = tx.now();
    let row: Option<(String, Uuid)> = on!(tx, c => sqlx::query_as(REVOKE)
        .bind(scope.workspace_id.0).bind(id.0).bind(now).fetch_optional(c).await)?;
    Ok(row.map(|(name, user)| (name, user.into())))
}

/// Revokes all tokens of a member.
pub async fn revoke_member_tokens(tx: &mut Tx, user: UserId, workspace: WorkspaceId) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(REVOKE_OF_MEMBER).bind(workspace.0).bind(user.0).bind(now)
        .execute(c).await.map(drop))?;
    Ok(())
}

impl From<Row> for ApiToken {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            user: AgentView {
                id: row.user_id.into(),
                name: row.user_name,
            },
            name: row.name,
            hint: row.hint,
            scopes: row.scopes.0,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_used_address: row.last_used_address,
        }
    }
}

impl From<TokenIdentityRow> for TokenIdentity {
    fn from(row: TokenIdentityRow) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            scope: WorkspaceScope {
                workspace_id: row.workspace_id.into(),
                user: AgentView {
                    id: row.user_id.into(),
                    name: row.user_name,
                },
                role: Role::from_word(&row.role),
            },
            scopes: row.scopes.0,
            email: row.email,
            avatar_id: row.avatar_id,
            workspace_name: row.workspace_name,
            workspace_suspended: row.suspended_at.is_some(),
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        }
    }
}
