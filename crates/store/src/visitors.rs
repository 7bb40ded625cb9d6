//! Visitors: people who write from a site.

use std::collections::HashMap;

use deskbell_protocol::api::visitors::Visitor;
use deskbell_protocol::api::workspace::{IpMode, LimitName};
use deskbell_protocol::{ConversationId, SiteId, UnixMs, VisitorId, WorkspaceId};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::rows::{filled, runs};
use crate::error::or_conflict;
use crate::sites::Site;
use crate::workspace::limits::LimitOverride;
use crate::{Handle, Result, Tx, VisitorScope, WorkspaceScope};

/// The name of a visitor who has not given one.
pub const UNNAMED: &str = "Visitor";

/// A visitor on a site, stored or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    pub scope: VisitorScope,
    /// How much of the visitor's IP address may be stored.
    pub ip_mode: IpMode,
    pub workspace_suspended: bool,
    /// Whether the workspace blocks networks or this visitor, so that blocks must be checked.
    pub blocks_exist: bool,
    /// The workspace's own limit of sockets, if it differs from the settings.
    pub own_connection_limit: Option<LimitOverride>,
    /// Tokens of earlier generations are invalid.
    pub token_generation: i64,
    /// `None`: the visitor has neither written nor been identified, and is not stored.
    pub identity: Option<Identity>,
}

/// The identity of a visitor, as far as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    /// The visitor's id on the host site.
    pub external_id: Option<String>,
    /// Whether the host site has proved the id.
    pub verified: bool,
    pub email: Option<String>,
    /// Whether the host site has proved the address too.
    pub email_verified: bool,
}

#[derive(FromRow)]
struct VisitRow {
    site_id: Uuid,
    visitor_id: Uuid,
    workspace_id: Uuid,
    ip_mode: String,
    suspended_at: Option<i64>,
    token_generation: i64,
    blocks_exist: bool,
    own_connection_limit: Option<String>,
    most_seats: Option<i64>,
    name: Option<String>,
    external_id: Option<String>,
    verified: Option<bool>,
    email: Option<String>,
    email_verified: Option<bool>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    site_id: Uuid,
    name: String,
    external_id: Option<String>,
    verified: bool,
    email: Option<String>,
    email_verified: bool,
    address: Option<String>,
    created_at: i64,
    last_seen_at: i64,
}

const INSERT: &str = "INSERT INTO visitors (id, workspace_id, site_id, name, address, created_at, last_seen_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (id) DO NOTHING";
const FIND: [&str; 2] = [
    "WITH asked (site_id, visitor_id) AS (VALUES ",
    ") SELECT asked.site_id, asked.visitor_id, s.workspace_id, w.ip_mode, w.suspended_at, v.name, v.external_id, v.verified, v.email, v.email_verified, \
    COALESCE(v.token_generation, 0) AS token_generation, \
    EXISTS (SELECT 1 FROM blocks b WHERE b.workspace_id = s.workspace_id AND b.visitor_id = asked.visitor_id) \
    OR EXISTS (SELECT 1 FROM blocks b WHERE b.workspace_id = s.workspace_id AND b.network IS NOT NULL) AS blocks_exist, \
    l.name AS own_connection_limit, l.most AS most_seats \
    FROM asked JOIN sites s ON s.id = asked.site_id JOIN workspaces w ON w.id = s.workspace_id \
    LEFT JOIN workspace_limits l ON l.workspace_id = s.workspace_id AND l.name = 'sockets' \
    LEFT JOIN visitors v ON v.site_id = s.id AND v.id = asked.visitor_id \
    WHERE s.deleted_at IS NULL AND w.deleted_at IS NULL",
];
const FIND_COLUMNS: usize = 2;
const BY_EXTERNAL_ID: &str =
    "SELECT id FROM visitors WHERE site_id = $1 AND external_id = $2 AND verified";
const GET: &str = "SELECT id, site_id, name, external_id, verified, email, email_verified, address, created_at, last_seen_at \
    FROM visitors WHERE workspace_id = $1 AND id = $2";
const IDENTIFY: &str = "UPDATE visitors SET name = $3, external_id = $4, verified = $5, email = $6, email_verified = $7, \
    token_generation = token_generation + CASE WHEN $5 AND NOT verified THEN 1 ELSE 0 END \
    WHERE workspace_id = $1 AND id = $2 RETURNING token_generation";
const TOUCH: &str =
    "UPDATE visitors SET last_seen_at = $3, address = $4 WHERE workspace_id = $1 AND id = $2";
const FORGET_ADDRESSES: &str =
    "UPDATE visitors SET address = NULL WHERE workspace_id = $1 AND address IS NOT NULL";

const TOUCH_ALL: [&str; 2] = [
    "WITH told (workspace_id, id, seen_at) AS (VALUES ",
    ") UPDATE visitors SET last_seen_at = told.seen_at FROM told \
    WHERE visitors.workspace_id = told.workspace_id AND visitors.id = told.id AND visitors.last_seen_at < told.seen_at",
];
const TOUCH_COLUMNS: usize = 3;
const LAST_SEEN: &str = "SELECT v.id, v.last_seen_at FROM conversations c JOIN visitors v ON v.id = c.visitor_id \
    WHERE c.workspace_id = $1 AND c.id = $2";

/// Creates a visitor of a site.
pub async fn create_visitor(tx: &mut Tx, site: &Site) -> Result<VisitorScope> {
    let visitor = VisitorScope {
        workspace_id: site.workspace_id,
        site_id: site.id,
        visitor_id: VisitorId::from_parts(tx.now(), tx.random()),
        name: UNNAMED.to_owned(),
        address: None,
    };
    store_visitor(tx, &visitor).await?;
    Ok(visitor)
}

/// Stores the visitor, if they are not stored yet.
pub async fn store_visitor(tx: &mut Tx, visitor: &VisitorScope) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(visitor.visitor_id.0).bind(visitor.workspace_id.0).bind(visitor.site_id.0)
        .bind(&visitor.name).bind(visitor.address.as_deref()).bind(now)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Finds the visitor of a token, on a site that is not deleted.
pub async fn find_visit(
    handle: &mut impl Handle,
    site: SiteId,
    visitor: VisitorId,
) -> Result<Option<Visit>> {
    let found = find_visits(handle, &[(site, visitor)]).await?;
    Ok(found.into_values().next())
}

/// Finds the visitors of tokens, each on a site. Those whose site is deleted are missing.
pub async fn find_visits(
    handle: &mut impl Handle,
    asked: &[(SiteId, VisitorId)],
) -> Result<HashMap<(SiteId, VisitorId), Visit>> {
    let mut found = HashMap::with_capacity(asked.len());
    for run in filled(asked) {
        let [begin, end] = FIND;
        let sql = begin.to_owned() + &handle.placeholders().rows(run.len(), FIND_COLUMNS) + end;
        let rows: Vec<VisitRow> = on!(handle, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for (site, visitor) in run {
                query = query.bind(site.0).bind(visitor.0);
            }
            query.fetch_all(c).await
        })?;
        let visits = rows.into_iter().map(Visit::from);
        found.extend(visits.map(|visit| ((visit.scope.site_id, visit.scope.visitor_id), visit)));
    }
    Ok(found)
}

/// Finds the visitor whose id on the host site is verified.
pub async fn find_verified(
    handle: &mut impl Handle,
    site: SiteId,
    external_id: &str,
) -> Result<Option<VisitorId>> {
    let id: Option<Uuid> = on!(handle, c => sqlx::query_scalar(BY_EXTERNAL_ID)
        .bind(site.0).bind(external_id).fetch_optional(c).await)?;
    Ok(id.map(VisitorId::from))
}

/// Gets the identity of a visitor of the workspace.
pub async fn get_visitor(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    id: VisitorId,
) -> Result<Visitor> {
    let row: Row = on!(handle, c => sqlx::query_as(GET).bind(scope.workspace_id.0).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Sets the identity of a visitor. `Conflict` if another visitor is verified under the same id.
/// Returns the token generation that is valid from now on: the first verification starts a new one.
pub async fn set_identity(tx: &mut Tx, visitor: &VisitorScope, identity: &Identity) -> Result<i64> {
    on!(tx, c => sqlx::query_scalar(IDENTIFY)
        .bind(visitor.workspace_id.0).bind(visitor.visitor_id.0).bind(&identity.name)
        .bind(identity.external_id.as_deref()).bind(identity.verified)
        .bind(identity.email.as_deref()).bind(identity.email_verified)
        .fetch_one(c).await)
    .map_err(or_conflict("visitor"))
}

/// Records that the visitor is present, and their address. Visitors who are not stored stay so.
pub async fn touch_visitor(tx: &mut Tx, visitor: &VisitorScope) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(TOUCH)
        .bind(visitor.workspace_id.0).bind(visitor.visitor_id.0).bind(now).bind(visitor.address.as_deref())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Deletes the addresses of the workspace's visitors.
pub async fn forget_addresses(tx: &mut Tx, workspace: WorkspaceId) -> Result<()> {
    on!(tx, c => sqlx::query(FORGET_ADDRESSES).bind(workspace.0).execute(c).await.map(drop))?;
    Ok(())
}

/// Records when these visitors were seen; each at most once.
pub async fn touch_visitors(tx: &mut Tx, seen: &[(WorkspaceId, VisitorId, UnixMs)]) -> Result<()> {
    for run in runs(seen) {
        let [begin, end] = TOUCH_ALL;
        let sql = begin.to_owned() + &tx.placeholders().rows(run.len(), TOUCH_COLUMNS) + end;
        on!(tx, c => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (workspace_id, visitor_id, seen_at) in run {
                query = query.bind(workspace_id.0).bind(visitor_id.0).bind(*seen_at);
            }
            query.execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Finds the visitor of a conversation, and when they were last recorded as seen.
pub async fn last_seen(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    conversation_id: ConversationId,
) -> Result<(VisitorId, UnixMs)> {
    let (id, seen_at): (Uuid, i64) = on!(handle, c => sqlx::query_as(LAST_SEEN)
        .bind(agent.workspace_id.0).bind(conversation_id.0).fetch_one(c).await)?;
    Ok((id.into(), seen_at))
}

impl From<VisitRow> for Visit {
    fn from(row: VisitRow) -> Self {
        let identity = row.name.map(|name| Identity {
            name,
            external_id: row.external_id,
            verified: row.verified.unwrap_or_default(),
            email: row.email,
            email_verified: row.email_verified.unwrap_or_default(),
        });
        let name = identity.as_ref().map(|identity| identity.name.clone());
        let own_connection_limit = row.own_connection_limit.is_some().then_some(LimitOverride {
            name: LimitName::Sockets,
            most: row.most_seats,
        });
        Self {
            scope: VisitorScope {
                workspace_id: row.workspace_id.into(),
                site_id: row.site_id.into(),
                visitor_id: row.visitor_id.into(),
                name: name.unwrap_or_else(|| UNNAMED.to_owned()),
                address: None,
            },
            ip_mode: IpMode::from_word(&row.ip_mode),
            workspace_suspended: row.suspended_at.is_some(),
            token_generation: row.token_generation,
            blocks_exist: row.blocks_exist,
            own_connection_limit,
            identity,
        }
    }
}

impl From<Row> for Visitor {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            site_id: row.site_id.into(),
            name: row.name,
            external_id: row.external_id,
            verified: row.verified,
            email: row.email,
            email_verified: row.email_verified,
            address: row.address,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        }
    }
}
