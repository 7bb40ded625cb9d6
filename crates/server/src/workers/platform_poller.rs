//! Platform pollers: they read maintenance mode and the platform block list from the database, so that
//! a change on one node reaches all.

use std::time::Duration;

use deskbell_base::error::AppResult;
use deskbell_domain::core::Core;
use deskbell_hub::Hub;
use tokio::time::{Instant, interval_at};

/// The polling interval of maintenance mode.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(3);
const BLOCKLIST_INTERVAL: Duration = Duration::from_secs(5);
/// The delay of the first poll of the block list; see [`super`].
const BLOCKLIST_FIRST: Duration = Duration::from_millis(5_400);

/// Loads both once, before the first connection is accepted.
pub async fn load(core: &Core) -> AppResult<()> {
    core.maintenance.load(&core.db).await?;
    core.blocklist.load(&core.db).await?;
    Ok(())
}

/// Polls maintenance mode. While the database is unavailable the last state applies.
pub async fn poll_maintenance(core: Core, hub: Hub) {
    loop {
        tokio::time::sleep(MAINTENANCE_INTERVAL).await;
        if let Ok(true) = core.maintenance.load(&core.db).await {
            hub.resync(None);
        }
    }
}

/// Polls the platform block list; sockets of newly blocked addresses close.
pub async fn poll_blocklist(core: Core, hub: Hub) {
    let mut ticks = interval_at(Instant::now() + BLOCKLIST_FIRST, BLOCKLIST_INTERVAL);
    loop {
        ticks.tick().await;
        match core.blocklist.load(&core.db).await {
            Ok(true) => hub.resync(None),
            Ok(false) => {}
            Err(error) => error.log(),
        }
    }
}
