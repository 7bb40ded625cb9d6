//! Pruning of the outbox: rows that every consumer has read, or that are old while there is no
//! consumer.

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_store::platform::outbox;

use crate::core::Core;

/// The number of rows that one transaction deletes.
const PORTION: u32 = 500;
/// How long rows are stored while there is no consumer.
const RETENTION_MS: i64 = 24 * 3_600_000;

/// Deletes one batch. Returns whether there may be more to delete.
pub async fn prune(core: &Core) -> AppResult<bool> {
    let mut tx = core.begin().await?;
    let before = clock::now() - RETENTION_MS;
    let count = outbox::prune(&mut tx, before, i64::from(PORTION)).await?;
    tx.commit().await?;
    Ok(count == u64::from(PORTION))
}
