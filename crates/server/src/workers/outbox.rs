//! The outbox pruner: calls the prune rule until nothing is left, then waits.

use std::time::Duration;

use deskbell_domain::core::Core;
use deskbell_domain::platform::outbox;

/// The pause between two batches, so that other writers are not delayed.
const PAUSE: Duration = Duration::from_millis(20);
/// The delay of the first batch; see [`super`].
const FIRST: Duration = Duration::from_secs(1);
/// How long the worker sleeps when there was nothing to delete.
const IDLE: Duration = Duration::from_secs(60);

/// The worker; ends when it is aborted.
pub async fn run(core: Core) {
    tokio::time::sleep(FIRST).await;
    loop {
        let pause = match outbox::prune(&core).await {
            Ok(true) => PAUSE,
            Ok(false) => IDLE,
            Err(error) => {
                error.log();
                IDLE
            }
        };
        tokio::time::sleep(pause).await;
    }
}
