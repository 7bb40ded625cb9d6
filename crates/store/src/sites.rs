//! Sites: where the widget stands.

use deskbell_protocol::{SiteId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::{Json, Uuid};

use crate::error::or_conflict;
use crate::{Handle, Result, Tx, WorkspaceScope};

/// A web presence on which the widget stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub id: SiteId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    /// Public; stands in the snippet.
    pub key: String,
    /// As in `https://shop.example`.
    pub allowed_origins: Vec<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    workspace_id: Uuid,
    name: String,
    key: String,
    allowed_origins: Json<Vec<String>>,
}

const INSERT: &str = "INSERT INTO sites (id, workspace_id, name, key, allowed_origins, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const BY_KEY: &str =
    "SELECT id, workspace_id, name, key, allowed_origins FROM sites WHERE key = $1";
const LIST: &str = "SELECT id, workspace_id, name, key, allowed_origins FROM sites \
    WHERE workspace_id = $1 ORDER BY created_at, id";

/// Makes a site. `Conflict` when the key is taken.
pub async fn create_site(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: &str,
    key: &str,
    allowed_origins: &[String],
) -> Result<Site> {
    let id = SiteId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(workspace.0).bind(name).bind(key).bind(Json(allowed_origins)).bind(now)
        .execute(c).await.map(drop))
    .map_err(or_conflict("site key"))?;
    Ok(Site {
        id,
        workspace_id: workspace,
        name: name.to_owned(),
        key: key.to_owned(),
        allowed_origins: allowed_origins.to_vec(),
    })
}

/// The site that a snippet names. The key is public, so no scope is asked for.
pub async fn find_site_by_key(handle: &mut impl Handle, key: &str) -> Result<Option<Site>> {
    let row: Option<Row> =
        on!(handle, c => sqlx::query_as(BY_KEY).bind(key).fetch_optional(c).await)?;
    Ok(row.map(Site::from))
}

/// The workspace's sites, the oldest first.
pub async fn list_sites(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<Vec<Site>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST).bind(scope.workspace_id.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Site::from).collect())
}

impl From<Row> for Site {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            workspace_id: row.workspace_id.into(),
            name: row.name,
            key: row.key,
            allowed_origins: row.allowed_origins.0,
        }
    }
}
