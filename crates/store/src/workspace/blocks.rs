//! Blocks: visitors and networks that are locked out of a workspace or of the whole platform.

use deskbell_protocol::api::workspace::blocks::Block;
use deskbell_protocol::{BlockId, UserId, VisitorId, WorkspaceId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::error::or_conflict;
use crate::{Handle, Result, Tx, WorkspaceScope};

/// The target of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Visitor(VisitorId),
    /// As in `203.0.113.0/24`.
    Network(String),
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    visitor_id: Option<Uuid>,
    network: Option<String>,
    note: String,
    created_at: i64,
}

const INSERT: &str = "INSERT INTO blocks (id, workspace_id, visitor_id, network, note, created_by, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const LIST: &str = "SELECT id, visitor_id, network, note, created_at FROM blocks \
    WHERE workspace_id = $1 ORDER BY created_at DESC, id DESC";
const GET: &str = "SELECT id, visitor_id, network, note, created_at FROM blocks WHERE workspace_id = $1 AND id = $2";
const COUNT: &str = "SELECT COUNT(*) FROM blocks WHERE workspace_id = $1";
const DELETE: &str = "DELETE FROM blocks WHERE workspace_id = $1 AND id = $2";
const CONCERNING: &str = "SELECT visitor_id, network FROM blocks \
    WHERE workspace_id = $1 AND (visitor_id = $2 OR network IS NOT NULL)";
const PLATFORM: &str = "SELECT id, visitor_id, network, note, created_at FROM blocks WHERE workspace_id IS NULL ORDER BY created_at DESC, id DESC";
const DELETE_PLATFORM: &str = "DELETE FROM blocks WHERE workspace_id IS NULL AND id = $1";

/// Blocks a visitor or a network in the workspace. `Conflict` if it is blocked.
pub async fn create_block(
    tx: &mut Tx,
    scope: &WorkspaceScope,
    target: &Target,
    note: &str,
) -> Result<Block> {
    insert(tx, Some(scope.workspace_id), scope.user.id, target, note).await
}

/// Blocks a network on the whole platform. `Conflict` if it is blocked.
pub async fn create_platform_block(
    tx: &mut Tx,
    by: UserId,
    network: &str,
    note: &str,
) -> Result<Block> {
    insert(tx, None, by, &Target::Network(network.to_owned()), note).await
}

async fn insert(
    tx: &mut Tx,
    workspace: Option<WorkspaceId>,
    by: UserId,
    target: &Target,
    note: &str,
) -> Result<Block> {
    let id = BlockId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    let (visitor_id, network) = match target {
        Target::Visitor(id) => (Some(*id), None),
        Target::Network(network) => (None, Some(network.clone())),
    };
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(workspace.map(|id| id.0)).bind(visitor_id.map(|id| id.0)).bind(network.as_deref())
        .bind(note).bind(by.0).bind(now)
        .execute(c).await.map(drop))
    .map_err(or_conflict("block"))?;
    Ok(Block {
        id,
        visitor_id,
        network,
        note: note.to_owned(),
        created_at: now,
    })
}

/// Lists the workspace's blocks, the newest first.
pub async fn list_blocks(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<Vec<Block>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(LIST).bind(scope.workspace_id.0).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Block::from).collect())
}

/// Gets a block of the workspace.
pub async fn get_block(
    handle: &mut impl Handle,
    scope: &WorkspaceScope,
    id: BlockId,
) -> Result<Block> {
    let row: Row = on!(handle, c => sqlx::query_as(GET).bind(scope.workspace_id.0).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Counts the workspace's blocks.
pub async fn count_blocks(handle: &mut impl Handle, scope: &WorkspaceScope) -> Result<i64> {
    Ok(on!(handle, c => sqlx::query_scalar(COUNT).bind(scope.workspace_id.0).fetch_one(c).await)?)
}

/// Deletes a block of the workspace.
pub async fn delete_block(tx: &mut Tx, scope: &WorkspaceScope, id: BlockId) -> Result<()> {
    on!(tx, c => sqlx::query(DELETE).bind(scope.workspace_id.0).bind(id.0).execute(c).await.map(drop))?;
    Ok(())
}

/// Lists the workspace's blocks that may apply to a visitor: their own, and all of networks.
pub async fn list_concerning(
    handle: &mut impl Handle,
    workspace: WorkspaceId,
    visitor: VisitorId,
) -> Result<Vec<Target>> {
    let rows: Vec<(Option<Uuid>, Option<String>)> = on!(handle, c => sqlx::query_as(CONCERNING)
        .bind(workspace.0).bind(visitor.0).fetch_all(c).await)?;
    let target = |(visitor, network): (Option<Uuid>, Option<String>)| match (visitor, network) {
        (Some(id), _) => Some(Target::Visitor(id.into())),
        (None, network) => network.map(Target::Network),
    };
    Ok(rows.into_iter().filter_map(target).collect())
}

/// Lists the networks that are blocked on the whole platform, the newest first.
pub async fn list_platform_blocks(handle: &mut impl Handle) -> Result<Vec<Block>> {
    let rows: Vec<Row> = on!(handle, c => sqlx::query_as(PLATFORM).fetch_all(c).await)?;
    Ok(rows.into_iter().map(Block::from).collect())
}

/// Deletes a block of the platform.
pub async fn delete_platform_block(tx: &mut Tx, id: BlockId) -> Result<()> {
    on!(tx, c => sqlx::query(DELETE_PLATFORM).bind(id.0).execute(c).await.map(drop))?;
    Ok(())
}

impl From<Row> for Block {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            visitor_id: row.visitor_id.map(VisitorId::from),
            network: row.network,
            note: row.note,
            created_at: row.created_at,
        }
    }
}
