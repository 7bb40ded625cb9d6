//! The purge worker: calls the purge rule until there is nothing to do, then waits.

use std::sync::Arc;
use std::time::Duration;

use deskbell_domain::core::Core;
use deskbell_domain::platform::purge;

use crate::publish::Wakes;

/// The pause between two batches, so that other writers are not delayed.
const PAUSE: Duration = Duration::from_millis(20);
/// The delay of the first batch; see [`super`].
const FIRST: Duration = Duration::from_millis(750);
/// How long the worker sleeps when there was nothing to do.
const IDLE: Duration = Duration::from_secs(60);

/// The worker; ends when it is aborted.
pub async fn run(core: Core, wakes: Arc<Wakes>) {
    wait(&wakes, FIRST).await;
    loop {
        match purge::run_batch(&core).await {
            Ok(true) => tokio::time::sleep(PAUSE).await,
            Ok(false) => wait(&wakes, IDLE).await,
            Err(error) => {
                error.log();
                wait(&wakes, IDLE).await;
            }
        }
    }
}

/// Waits for this long, or until there is something to do.
async fn wait(wakes: &Wakes, pause: Duration) {
    let _ = tokio::time::timeout(pause, wakes.purge.notified()).await;
}
