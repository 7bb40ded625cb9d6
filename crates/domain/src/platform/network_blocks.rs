//! Networks that are blocked for the whole installation, by its operators. Each change is recorded in
//! the audit log of the installation.

use deskbell_base::actor::OperatorScope;
use deskbell_base::client_address::ClientAddress;
use deskbell_base::error::{AppError, AppResult};
use deskbell_base::networks::parse_network;
use deskbell_base::text;
use deskbell_protocol::api::workspace::blocks::{Block, Blocks, CreateBlock};
use deskbell_protocol::{BlockId, ErrorCode, limits as sizes};
use deskbell_store::workspace::blocks;
use serde_json::json;

use crate::core::Core;
use crate::platform::audit::{self, Action, PLATFORM, target};

/// Lists the blocked networks, the newest first.
pub async fn list(core: &Core) -> AppResult<Blocks> {
    let mut reader = core.db.read().await?;
    let blocks = blocks::list_platform_blocks(&mut reader).await?;
    Ok(Blocks { blocks })
}

/// Blocks a network: at once on this node, on the others when they next load the list. Returns when
/// the block list of this node is up to date; the caller checks open sockets.
pub async fn create(
    core: &Core,
    by: &OperatorScope,
    from: ClientAddress,
    body: CreateBlock,
) -> AppResult<Block> {
    let note = text::line("note", &body.note)?;
    let (None, Some(network)) = (body.visitor_id, &body.network) else {
        return Err(AppError::invalid("network", "Enter a network."));
    };
    let network = parse_network(network)?;
    if network.contains(&from.ip()) {
        let message = "This network contains your own address. You would lock yourself out.";
        return Err(AppError::invalid("network", message));
    }
    let mut tx = core.begin().await?;
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    if blocks::list_platform_blocks(&mut tx).await?.len() >= sizes::BLOCKS {
        let message = format!(
            "An installation has at most {} blocked networks. Delete some first.",
            sizes::BLOCKS
        );
        return Err(AppError::new(ErrorCode::LimitReached, message));
    }
    let network = network.to_string();
    let block = blocks::create_platform_block(&mut tx, by.me.user_id, &network, &note).await?;
    let what = target("block", block.id, network);
    let details = json!({ "note": note });
    audit::record(&mut tx, PLATFORM, &by.actor, Action::Blocked, what, details).await?;
    tx.commit().await?;
    core.blocklist.load(&core.db).await?;
    Ok(block)
}

/// Unblocks a network.
pub async fn delete(core: &Core, by: &OperatorScope, id: BlockId) -> AppResult<()> {
    let mut tx = core.begin().await?;
    audit::lock_logs(&mut tx, &[PLATFORM]).await?;
    let found = blocks::list_platform_blocks(&mut tx).await?;
    let block = found.into_iter().find(|block| block.id == id);
    let block = block.ok_or(deskbell_store::Error::NotFound)?;
    blocks::delete_platform_block(&mut tx, id).await?;
    let what = target("block", id, block.network.unwrap_or_default());
    audit::record(
        &mut tx,
        PLATFORM,
        &by.actor,
        Action::Unblocked,
        what,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    core.blocklist.load(&core.db).await?;
    Ok(())
}
