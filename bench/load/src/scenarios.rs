//! What is done to each system, and what is measured.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tokio::task::JoinSet;

mod fan_out;
mod idle;
mod latency;
mod numbered;
mod start;
mod storm;
mod throughput;

pub use fan_out::fan_out;
pub use idle::idle;
pub use latency::latency;
pub use start::start;
pub use storm::storm;
pub use throughput::throughput;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Pairs of a visitor and an agent, as many messages as go through
    Throughput,
    /// The same pairs at half of the peer's own rate: from writing to reading
    Latency,
    /// Visitors write, every agent follows the inbox
    FanOut,
    /// Sockets that are let in, follow their conversation and say nothing: memory of each
    Idle,
    /// Sockets opened and let in, as fast as it goes
    Storm,
    /// From the start of the process to its first answer; memory when nobody is there
    Start,
}

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub pairs: usize,
    pub in_flight: usize,
    pub agents: usize,
    pub warm_up: Duration,
    pub window: Duration,
    /// How long what is under way may take to arrive after the last was sent.
    pub drain: Duration,
    /// Counts of idle sockets; the slope is taken between the last two.
    pub idle: [usize; 3],
    pub storm: usize,
}

impl Load {
    pub const FULL: Self = Self {
        pairs: 500,
        in_flight: 2,
        agents: 50,
        warm_up: Duration::from_secs(2),
        window: Duration::from_secs(10),
        drain: Duration::from_secs(20),
        idle: [1_000, 10_000, 19_000],
        storm: 10_000,
    };
    pub const QUICK: Self = Self {
        pairs: 100,
        in_flight: 2,
        agents: 10,
        warm_up: Duration::from_millis(500),
        window: Duration::from_secs(2),
        drain: Duration::from_secs(20),
        idle: [100, 500, 1_000],
        storm: 1_000,
    };
}

/// Something measured: a kind of number and its value.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub what: &'static str,
    pub unit: &'static str,
    pub value: f64,
}

pub fn sample(what: &'static str, unit: &'static str, value: f64) -> Sample {
    Sample { what, unit, value }
}

/// The tasks of a scenario, one a connection; all of them end when it is dropped.
#[derive(Default)]
struct Team(JoinSet<Result<()>>);

impl Team {
    fn add(&mut self, task: impl Future<Output = Result<()>> + 'static) {
        self.0.spawn_local(task);
    }

    /// Lets them work for a while. Fails with the first who fails.
    async fn work_for(&mut self, time: Duration) -> Result<()> {
        self.work_until(tokio::time::sleep(time)).await
    }

    async fn work_until(&mut self, end: impl Future<Output = ()>) -> Result<()> {
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return Ok(()),
                Some(done) = self.0.join_next() => done.context("a task of the load")??,
            }
        }
    }
}

/// What all tasks of a scenario count together.
#[derive(Default)]
struct Tally {
    saved: Cell<u64>,
    delivered: Cell<u64>,
    out_of_order: Cell<u64>,
    /// Nobody begins anything new.
    draining: Cell<bool>,
}

impl Tally {
    fn new() -> Rc<Self> {
        Rc::default()
    }

    /// Until `expected` a saved message were delivered, or as long as it may take.
    async fn drained(
        &self,
        team: &mut Team,
        in_flight: &Cell<u64>,
        expected: u64,
        patience: Duration,
    ) -> Result<()> {
        self.draining.set(true);
        let all_there = async {
            while in_flight.get() > 0 || self.delivered.get() < expected * self.saved.get() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        // What has not come by then is missing, and reported as such.
        team.work_until(async { _ = tokio::time::timeout(patience, all_there).await })
            .await
    }
}

fn count(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}
