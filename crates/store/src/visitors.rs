//! Visitors: people who write from a site.

use deskbell_protocol::{ConversationId, SiteId, UnixMs, VisitorId, WorkspaceId};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::rows::runs;
use crate::sites::Site;
use crate::{Handle, Result, Tx, VisitorScope, WorkspaceScope};

/// How a visitor is called until they say.
pub const UNNAMED: &str = "Visitor";

#[derive(FromRow)]
struct Row {
    id: Uuid,
    workspace_id: Uuid,
    site_id: Uuid,
    name: String,
}

const INSERT: &str = "INSERT INTO visitors (id, workspace_id, site_id, name, created_at, last_seen_at) \
    VALUES ($1, $2, $3, $4, $5, $5)";
const FIND: &str =
    "SELECT id, workspace_id, site_id, name FROM visitors WHERE site_id = $1 AND id = $2";
const TOUCH: &str = "UPDATE visitors SET last_seen_at = $3 WHERE workspace_id = $1 AND id = $2";

const TOUCH_ALL: [&str; 2] = [
    "WITH told (workspace_id, id, seen_at) AS (VALUES ",
    ") UPDATE visitors SET last_seen_at = told.seen_at FROM told \
    WHERE visitors.workspace_id = told.workspace_id AND visitors.id = told.id AND visitors.last_seen_at < told.seen_at",
];
const TOUCH_COLUMNS: usize = 3;
const LAST_SEEN: &str = "SELECT v.id, v.last_seen_at FROM conversations c JOIN visitors v ON v.id = c.visitor_id \
    WHERE c.workspace_id = $1 AND c.id = $2";

/// Makes a visitor of a site.
pub async fn create_visitor(tx: &mut Tx, site: &Site) -> Result<VisitorScope> {
    let id = VisitorId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(site.workspace_id.0).bind(site.id.0).bind(UNNAMED).bind(now)
        .execute(c).await.map(drop))?;
    Ok(VisitorScope {
        workspace_id: site.workspace_id,
        site_id: site.id,
        visitor_id: id,
        name: UNNAMED.to_owned(),
    })
}

/// The visitor of this site whom a token names.
pub async fn find_visitor(
    handle: &mut impl Handle,
    site: SiteId,
    visitor: VisitorId,
) -> Result<Option<VisitorScope>> {
    let row: Option<Row> = on!(handle, c => sqlx::query_as(FIND).bind(site.0).bind(visitor.0).fetch_optional(c).await)?;
    Ok(row.map(VisitorScope::from))
}

/// The visitor is here now.
pub async fn touch_visitor(tx: &mut Tx, visitor: &VisitorScope) -> Result<()> {
    let now = tx.now();
    on!(tx, c => sqlx::query(TOUCH)
        .bind(visitor.workspace_id.0).bind(visitor.visitor_id.0).bind(now)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// These visitors were here then; each at most once.
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

/// Whose a conversation is, and when they were noted down as seen.
pub async fn last_seen(
    handle: &mut impl Handle,
    agent: &WorkspaceScope,
    conversation_id: ConversationId,
) -> Result<(VisitorId, UnixMs)> {
    let (id, seen_at): (Uuid, i64) = on!(handle, c => sqlx::query_as(LAST_SEEN)
        .bind(agent.workspace_id.0).bind(conversation_id.0).fetch_one(c).await)?;
    Ok((id.into(), seen_at))
}

impl From<Row> for VisitorScope {
    fn from(row: Row) -> Self {
        Self {
            workspace_id: row.workspace_id.into(),
            site_id: row.site_id.into(),
            visitor_id: row.id.into(),
            name: row.name,
        }
    }
}
