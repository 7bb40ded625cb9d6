//! Blocks: visitors and networks that cannot use a workspace's chat. Its members are not affected.

use deskbell_base::actor::Actor;
use deskbell_base::client_address::ClientAddress;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::networks;
use deskbell_base::text;
use deskbell_protocol::api::workspace::blocks::{Block, Blocks, CreateBlock};
use deskbell_protocol::{BlockId, ErrorCode, limits as sizes};
use deskbell_store::workspace::blocks::{self, Target};
use deskbell_store::workspace::limits;
use deskbell_store::{VisitorScope, WorkspaceScope, visitors};
use ipnet::IpNet;
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::{self, Action, target};

/// Refuses a visitor who is blocked, or whose network is.
pub async fn refuse_blocked(
    core: &Core,
    visitor: &VisitorScope,
    from: ClientAddress,
) -> AppResult<()> {
    let mut reader = core.db.read().await?;
    let (workspace, id) = (visitor.workspace_id, visitor.visitor_id);
    let found = blocks::list_concerning(&mut reader, workspace, id).await?;
    let concerns = |target: &Target| match target {
        Target::Visitor(blocked) => *blocked == id,
        Target::Network(network) => network
            .parse::<IpNet>()
            .is_ok_and(|network| networks::contain(&[network], from.ip())),
    };
    if found.iter().any(concerns) {
        return Err(AppError::blocked());
    }
    Ok(())
}

/// Lists the blocks of the workspace.
pub async fn list(core: &Core, scope: &WorkspaceScope) -> AppResult<Blocks> {
    let mut reader = core.db.read().await?;
    let blocks = blocks::list_blocks(&mut reader, scope).await?;
    Ok(Blocks { blocks })
}

/// Blocks a visitor or a network; their sockets close.
pub async fn create(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: CreateBlock,
) -> AppResult<Block> {
    let note = text::line("note", &body.note)?;
    let target = match (body.visitor_id, &body.network) {
        (Some(id), None) => Target::Visitor(id),
        (None, Some(text)) => Target::Network(networks::parse_network(text)?.to_string()),
        _ => {
            return Err(AppError::invalid(
                "network",
                "Enter a visitor or a network, not both.",
            ));
        }
    };
    let workspace = scope.workspace_id;
    let mut tx = core.begin().await?;
    limits::lock_workspace(&mut tx, workspace).await?;
    if let Target::Visitor(id) = target {
        visitors::get_visitor(&mut tx, scope, id).await?;
    }
    let count = blocks::count_blocks(&mut tx, scope).await?;
    if usize::try_from(count).is_ok_and(|count| count >= sizes::BLOCKS) {
        let message = format!(
            "A workspace can have at most {} blocks. Delete some first.",
            sizes::BLOCKS
        );
        return Err(AppError::new(ErrorCode::LimitReached, message));
    }
    let block = blocks::create_block(&mut tx, scope, &target, &note).await?;
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::Blocked,
        told(&block),
        json!({ "note": note }),
    )
    .await?;
    tx.reauthenticate_visitors(workspace, body.visitor_id);
    tx.commit().await?;
    Ok(block)
}

/// Unblocks a visitor or a network.
pub async fn delete(
    core: &Core,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: BlockId,
) -> AppResult<()> {
    let mut tx = core.begin().await?;
    let block = blocks::get_block(&mut tx, scope, id).await?;
    blocks::delete_block(&mut tx, scope, id).await?;
    let workspace = scope.workspace_id;
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::Unblocked,
        told(&block),
        json!({}),
    )
    .await?;
    Ok(tx.commit().await?)
}

fn told(block: &Block) -> deskbell_protocol::api::platform::audit::AuditTarget {
    let visitor = block.visitor_id.map(|id| id.to_string());
    let who = block.network.clone().or(visitor).unwrap_or_default();
    target("block", block.id, who)
}
