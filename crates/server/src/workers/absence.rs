//! The queue worker: returns conversations of absent agents to the queue, escalates those that have waited for
//! too long, and ends snoozes whose time has come.

use std::collections::HashMap;
use std::time::Duration;

use deskbell_domain::conversations::{absence, escalation, snoozing};
use deskbell_domain::core::Core;
use deskbell_hub::Hub;
use tokio::time::{Instant, MissedTickBehavior};

/// The interval of the searches.
const TICK: Duration = Duration::from_secs(5);
/// The delay of the first search; see [`super`].
const FIRST: Duration = Duration::from_millis(250);
/// The interval at which reachable agents are recorded.
const NOTED: Duration = Duration::from_secs(30);

/// Records reachable agents, returns abandoned conversations, escalates and ends snoozes, until it is aborted.
pub async fn run(core: Core, hub: Hub) {
    let mut noted = HashMap::new();
    let mut ticks = tokio::time::interval_at(Instant::now() + FIRST, TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = Instant::now();
        noted.retain(|_, at| now.duration_since(*at) < NOTED);
        let mut due = hub.reachable_here();
        due.retain(|agent| !noted.contains_key(agent));
        let worked = async {
            absence::record_reachable(&core, &due).await?;
            absence::return_abandoned(&core).await?;
            escalation::escalate_due(&core).await?;
            snoozing::end_due(&core).await
        };
        match worked.await {
            Ok(()) => noted.extend(due.into_iter().map(|agent| (agent, now))),
            Err(error) => error.log(),
        }
    }
}
