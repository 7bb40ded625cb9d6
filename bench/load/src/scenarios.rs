//! The scenarios and their measured numbers.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tokio::task::JoinSet;

mod counted;
mod fan_out;
mod growth;
mod idle;
mod latency;
mod numbered;
mod start;
mod storm;
mod throughput;

pub use fan_out::fan_out;
pub use growth::growth;
pub use idle::idle;
pub use latency::latency;
pub use start::start;
pub use storm::storm;
pub use throughput::throughput;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Throughput: messages of pairs of a visitor and an agent, as many as possible
    Throughput,
    /// The same on a disk whose every fsync takes 5 ms longer, on SQLite
    SlowDisk,
    /// The same pairs at half of the peer's own rate: from writing to reading
    Latency,
    /// Visitors write, every agent follows the inbox
    FanOut,
    /// Idle sockets, authenticated, each following its conversation: memory of each
    Idle,
    /// Sockets opened and authenticated as fast as possible
    Storm,
    /// Time from the start of the process to its first answer; memory without clients
    Start,
    /// Ten million messages beside ten thousand; only if it is named, because it takes long
    Growth,
}

/// The sizes of all scenarios.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub pairs: usize,
    pub in_flight: usize,
    pub agents: usize,
    pub warm_up: Duration,
    pub window: Duration,
    /// The timeout for messages in transit after the last one was sent.
    pub drain: Duration,
    /// The numbers of idle sockets; the slope is measured between the last two. With 20,000 file handles a
    /// server accepts about 17,300 visitors, because it reserves the rest for members and monitoring.
    pub idle: [usize; 3],
    pub storm: usize,
    /// Conversations in the small and in the large database.
    pub growth: [usize; 2],
}

impl Load {
    pub const FULL: Self = Self {
        pairs: 500,
        in_flight: 2,
        agents: 50,
        warm_up: Duration::from_secs(2),
        window: Duration::from_secs(6),
        drain: Duration::from_secs(20),
        idle: [1_000, 9_000, 17_000],
        storm: 10_000,
        growth: [200, 200_000],
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
        growth: [200, 2_000],
    };
}

/// A measured number: its kind and its value.
pub struct Sample {
    pub what: String,
    pub unit: &'static str,
    pub value: f64,
}

fn sample(what: impl Into<String>, unit: &'static str, value: f64) -> Sample {
    let what = what.into();
    Sample { what, unit, value }
}

/// The tasks of a scenario, one per connection; all end when this is dropped.
#[derive(Default)]
struct Tasks(JoinSet<Result<()>>);

impl Tasks {
    fn add(&mut self, task: impl Future<Output = Result<()>> + 'static) {
        self.0.spawn_local(task);
    }

    /// Lets the tasks run for a while. Fails with the first one that fails.
    async fn run_for(&mut self, time: Duration) -> Result<()> {
        self.run_until(tokio::time::sleep(time)).await
    }

    async fn run_until(&mut self, end: impl Future<Output = ()>) -> Result<()> {
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return Ok(()),
                Some(done) = self.0.join_next() => done.context("a task of the load")??,
            }
        }
    }
}
