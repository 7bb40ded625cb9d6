//! Sites: the websites that embed the widget.

pub mod closing;
pub mod refused_origins;

use deskbell_protocol::api::sites::WidgetSettings;
use deskbell_protocol::{SiteId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::{Json, Uuid};

use crate::error::{expect_changed, or_conflict};
use crate::{Handle, Result, Tx, WorkspaceScope};

/// A website that embeds the widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub id: SiteId,
    pub workspace_id: WorkspaceId,
    pub name: String,
    /// The public key in the snippet.
    pub key: String,
    /// As in `https://shop.example`.
    pub allowed_origins: Vec<String>,
    pub widget: WidgetSettings,
    /// The salt of the identity secret, if there is one.
    pub identity_salt: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    workspace_id: Uuid,
    name: String,
    key: String,
    allowed_origins: Json<Vec<String>>,
    widget: Json<WidgetSettings>,
    identity_salt: Option<String>,
}

macro_rules! select_site {
    ($clauses:literal) => {
        concat!(
            "SELECT id, workspace_id, name, key, allowed_origins, widget, identity_salt FROM sites ",
            $clauses
        )
    };
}

const INSERT: &str = "INSERT INTO sites (id, workspace_id, name, key, allowed_origins, widget, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const BY_KEY: &str = select_site!(
    "WHERE key = $1 AND deleted_at IS NULL \
    AND NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = workspace_id AND w.deleted_at IS NOT NULL)"
);
const BY_ID: &str = select_site!("WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL");
const LIST: &str =
    select_site!("WHERE workspace_id = $1 AND deleted_at IS NULL ORDER BY created_at, id");
const COUNT: &str = "SELECT COUNT(*) FROM sites WHERE workspace_id = $1 AND deleted_at IS NULL";
const SET: &str = "UPDATE sites SET name = $3, key = $4, allowed_origins = $5, widget = $6, identity_salt = $7 \
    WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL";
const DELETE: &str = "UPDATE sites SET deleted_at = $3, deleted_by = $4 \
    WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL";

/// Creates a site. `Conflict` if the key is taken.
pub async fn create_site(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: &str,
    key: &str,
    allowed_origins: &[String],
) -> Result<Site> {
    let id = SiteId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    let widget = WidgetSettings::default();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(workspace.0).bind(name).bind(key).bind(Json(allowed_origins)).bind(Json(&widget)).bind(now)
        .execute(c).await.map(drop))
    .map_err(or_conflict("site key"))?;
    Ok(Site {
        id,
        workspace_id: workspace,
        name: name.to_owned(),
        key: key.to_owned(),
        allowed_origins: allowed_origins.to_vec(),
        widget,
        identity_salt: None,
    })
}

/// Finds the site of a snippet. The key is public, so no scope is required.
pub async fn find_site_by_key(handle: &mut impl Handle, key: &str) -> Result<Option<Site>> {
    let row: Option<Row> =
        on!(handle, c => sqlx::query_as(BY_KEY).bind(key).fetch_optional(c).await)?;
    Ok(row.map(Site::from))
}

/// Gets a site of the workspace that is not deleted.
pub async fn get_site(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    id: SiteId,
) -> Result<Site> {
    let row: Row = on!(handle, c => sqlx::query_as(BY_ID).bind(scope.workspace_id.0).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Lists the workspace's sites, the oldest first.
pub async fn list_sites(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<Vec<Site>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST).bind(scope.workspace_id.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Site::from).collect())
}

/// Counts the workspace's sites.
pub async fn count_sites(handle: &mut impl Handle, workspace: WorkspaceId) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(COUNT).bind(workspace.0).fetch_one(c).await)?)
}

/// Sets all editable fields of a site. `Conflict` if the key is taken.
pub async fn set_site(tx: &mut Tx, scope: &WorkspaceScope, site: &Site) -> Result<()> {
    let rows = on!(tx, c => sqlx::query(SET)
        .bind(scope.workspace_id.0).bind(site.id.0).bind(&site.name).bind(&site.key)
        .bind(Json(&site.allowed_origins)).bind(Json(&site.widget)).bind(site.identity_salt.as_deref())
        .execute(c).await.map(|done| done.rows_affected()))
    .map_err(or_conflict("site key"))?;
    expect_changed(rows)
}

/// Deletes a site: its key becomes invalid. The caller closes its conversations; see [`closing`].
pub async fn delete_site(tx: &mut Tx, scope: &WorkspaceScope, id: SiteId) -> Result<()> {
    let now = tx.now();
    let rows = on!(tx, c => sqlx::query(DELETE)
        .bind(scope.workspace_id.0).bind(id.0).bind(now).bind(&scope.user.name)
        .execute(c).await.map(|done| done.rows_affected()))?;
    expect_changed(rows)
}

impl From<Row> for Site {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            workspace_id: row.workspace_id.into(),
            name: row.name,
            key: row.key,
            allowed_origins: row.allowed_origins.0,
            widget: row.widget.0,
            identity_salt: row.identity_salt,
        }
    }
}
