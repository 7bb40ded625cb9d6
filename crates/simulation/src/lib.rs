//! Deterministic simulation: the real server, hub and engines in one thread, on an in-memory
//! database, in simulated time, with network faults from a plan.
//!
//! A [`Plan`] is data, generated from a seed. [`run`] executes it: sessions use pipes, the clock
//! only advances when all tasks wait, and random numbers come from the seed, so a plan is repeated
//! exactly. During the run all frames of the server are compared with the database and with
//! docs/protocol.md; at the end the view of every client must equal the database. The hooks in the
//! server are in `deskbell_store::simulation`.

mod connection;
mod db_oracle;
mod fixture;
mod invariants;
mod person;
mod plan;
mod shrink;
mod sim_hooks;
mod steps;
mod trace;
mod world;

use std::cell::Cell;
use std::rc::Rc;

use anyhow::Result;
use deskbell_store::Store;
use deskbell_store::simulation::{HooksGuard, drop_client_id_index};

pub use deskbell_store::simulation::Flaw;
pub use plan::{Noticed, Plan, Restart, Step, StepKind};
pub use shrink::shrink;
pub use trace::Trace;

use fixture::Fixture;
use sim_hooks::SimHooks;
use world::World;

/// The result of a plan.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The violations; empty if the plan has passed.
    pub violations: Vec<String>,
    /// The trace of the run.
    pub trace: Trace,
}

/// Runs a plan, on a build with an injected flaw if one is given. An error is one of the simulation
/// itself.
pub fn run(plan: &Plan, flaw: Option<Flaw>) -> Result<Outcome> {
    let fixture = Fixture::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        // Other threads and timers are polled only when no task here is ready: when they are ready
        // depends on the machine.
        .event_interval(u32::MAX)
        .global_queue_interval(u32::MAX)
        .build()?;
    runtime.block_on(async {
        let is_comparing = Rc::new(Cell::new(false));
        let hooks = SimHooks::new(plan, flaw, Rc::clone(&is_comparing));
        let guard = HooksGuard::install(Box::new(hooks));
        let store = Store::open_sqlite(&fixture.database()).await?;
        if flaw == Some(Flaw::SaveTwice) {
            drop_client_id_index(&store).await?;
        }
        let mut world = World::new(
            plan,
            store.clone(),
            fixture.workspaces.clone(),
            is_comparing,
        );
        world.run().await?;
        let World {
            violations, trace, ..
        } = world;
        drop(guard);
        store.close().await;
        Ok(Outcome { violations, trace })
    })
}
