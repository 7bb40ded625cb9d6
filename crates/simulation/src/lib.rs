//! Plans played in simulated time: the real server, hub and engines, in one thread, on a database in
//! memory, with a network in between that does what the plan says.
//!
//! A [`Plan`] is data, drawn from a seed. [`run`] plays it: sessions run over pipes, the clock only
//! moves when everybody waits, and chance comes from the seed, so the same plan always goes the same
//! way. While it is played, everything that the server says is held against the database and
//! against docs/protocol.md; at the end everybody's view must equal the database. What it takes to
//! make the server play along is in `deskbell_store::simulation`.

mod db_oracle;
mod fixture;
mod invariants;
mod link;
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
use deskbell_store::simulation::{Set, forget_client_ids};

pub use deskbell_store::simulation::Flaw;
pub use plan::{Noticed, Plan, Restart, Step, What};
pub use shrink::shrink;
pub use trace::Trace;

use fixture::Fixture;
use sim_hooks::SimHooks;
use world::World;

/// How a plan went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What must not be; empty if all is well.
    pub violations: Vec<String>,
    /// What happened.
    pub trace: Trace,
}

/// Plays a plan, on a build that is broken as asked. The error is of the simulation itself.
pub fn run(plan: &Plan, flaw: Option<Flaw>) -> Result<Outcome> {
    let fixture = Fixture::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        // Other threads and timers are looked at when nobody here has anything to do: when they are
        // ready depends on the machine.
        .event_interval(u32::MAX)
        .global_queue_interval(u32::MAX)
        .build()?;
    runtime.block_on(async {
        let still = Rc::new(Cell::new(false));
        let hooks = SimHooks::of(plan, flaw, Rc::clone(&still));
        let stage = Set::stage(Box::new(hooks));
        let store = Store::open_sqlite(&fixture.database()).await?;
        if flaw == Some(Flaw::SaveTwice) {
            forget_client_ids(&store).await?;
        }
        let mut world = World::new(plan, store.clone(), fixture.workspaces.clone(), still);
        world.play().await?;
        let World {
            violations, trace, ..
        } = world;
        drop(stage);
        store.close().await;
        Ok(Outcome { violations, trace })
    })
}
