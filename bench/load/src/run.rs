//! Runs the scenarios in order, and in each one every system in turn, so that a machine that
//! becomes slower affects all of them.

use std::collections::HashMap;

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::LocalSet;

use crate::accounts::{Accounts, Visitor};
use crate::installation::{Disk, Installation};
use crate::process::noise;
use crate::report::Remarks;
use crate::samples::Samples;
use crate::scenarios::{self, Load, Sample, Scenario};
use crate::system::{Database, System};
use crate::{Options, report};

const ORDER: [Scenario; 7] = [
    Scenario::Start,
    Scenario::Throughput,
    Scenario::SlowDisk,
    Scenario::Latency,
    Scenario::FanOut,
    Scenario::Storm,
    Scenario::Idle,
];

/// The rate whose half is the rate of the latency scenario.
const RATE: &str = "throughput: saved and delivered";
/// Other load above this share of both cores makes the numbers doubtful.
const MAX_NOISE: f64 = 0.05;

/// The state between scenarios.
struct Run<'a> {
    options: &'a Options,
    load: Load,
    systems: Vec<System>,
    samples: Samples,
    remarks: Remarks,
    /// Installations with returning visitors, created when they are first needed.
    with_visitors: HashMap<System, (Installation<'a>, Vec<Visitor>)>,
}

pub fn run(options: &Options) -> Result<()> {
    allow_many_files()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let load = if options.quick {
        Load::QUICK
    } else {
        Load::FULL
    };
    let mut run = Run {
        options,
        load,
        systems: systems(options),
        samples: Samples::default(),
        remarks: Remarks::default(),
        with_visitors: HashMap::new(),
    };
    let results = runtime.block_on(LocalSet::new().run_until(run.run_all()))?;
    // Also shown on the terminal.
    print!("{results}");
    Ok(())
}

fn selection<T: Copy + PartialEq>(selected: &[T], all: &[T]) -> Vec<T> {
    let is_selected = |one: &&T| selected.is_empty() || selected.contains(one);
    all.iter().filter(is_selected).copied().collect()
}

/// The selected systems; an earlier build only if there is one.
fn systems(options: &Options) -> Vec<System> {
    let mut systems = selection(&options.system, &System::ALL);
    if options.programs.earlier.is_none() && options.system.is_empty() {
        systems.retain(|system| !matches!(system, System::Earlier(_)));
    }
    systems
}

/// A slow disk can only be simulated for SQLite, and a history is written by our store.
fn supports(scenario: Scenario, system: System) -> bool {
    match scenario {
        Scenario::SlowDisk => system.database() == Some(Database::Sqlite),
        Scenario::Growth => matches!(system, System::Deskbell(_)),
        _ => true,
    }
}

/// Servers inherit the limit.
fn allow_many_files() -> Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, limit).context("the limit of open files cannot be raised")
}

impl Run<'_> {
    /// Writes the report after each scenario, so that an interrupted run keeps its results.
    async fn run_all(&mut self) -> Result<String> {
        let mut results = String::new();
        let repeats = match self.options.repeats {
            Some(repeats) => repeats,
            None if self.options.quick => 1,
            None => 3,
        };
        let mut scenarios = selection(&self.options.only, &ORDER);
        if self.options.only.contains(&Scenario::Growth) {
            scenarios.push(Scenario::Growth);
        }
        for scenario in scenarios {
            if scenario == Scenario::Latency {
                self.find_rates().await;
            }
            for repeat in 1..=repeats {
                let systems = self.systems.clone();
                for system in systems
                    .into_iter()
                    .filter(|system| supports(scenario, *system))
                {
                    eprintln!("▸ {scenario:?} {repeat}/{repeats}: {}", system.name());
                    self.measure_noise().await?;
                    self.measure(scenario, system).await;
                }
            }
            results = report::write(self.options, &self.load, &self.samples, &self.remarks)?;
        }
        Ok(results)
    }

    /// Latency is measured at half of the peer's own rate, which must be measured first.
    async fn find_rates(&mut self) {
        let mut peers: Vec<System> = self.systems.iter().map(|system| system.peer()).collect();
        peers.dedup();
        for peer in peers {
            if self.samples.find(RATE, peer).is_none() {
                eprintln!("▸ Throughput, to determine the rate: {}", peer.name());
                self.measure(Scenario::Throughput, peer).await;
            }
        }
    }

    async fn measure_noise(&mut self) -> Result<()> {
        let noise = noise().await?;
        if noise > MAX_NOISE {
            eprintln!("    other processes use {:.0} % of the CPU", 100.0 * noise);
        }
        self.remarks.noise.push(noise);
        Ok(())
    }

    /// A failure is reported, and the next scenario runs.
    async fn measure(&mut self, scenario: Scenario, system: System) {
        match self.try_measure(scenario, system).await {
            Ok(samples) => {
                for sample in samples {
                    eprintln!(
                        "    {:<36} {:>12.2} {}",
                        sample.what, sample.value, sample.unit
                    );
                    self.samples.add(system, sample);
                }
            }
            Err(error) => {
                let failure = format!("{scenario:?}, {}: {error:#}", system.name());
                eprintln!("    failed: {failure}");
                self.remarks.failures.push(failure);
            }
        }
    }

    async fn try_measure(&mut self, scenario: Scenario, system: System) -> Result<Vec<Sample>> {
        let load = self.load;
        if scenario == Scenario::Growth {
            return scenarios::growth(system, &self.options.programs, &load).await;
        }
        if matches!(scenario, Scenario::Start | Scenario::Storm | Scenario::Idle) {
            self.create_visitors(system).await?;
            let (installation, visitors) = &self.with_visitors[&system];
            return match scenario {
                Scenario::Start => scenarios::start(installation).await,
                Scenario::Storm => scenarios::storm(installation, &load, visitors).await,
                _ => scenarios::idle(installation, &load, visitors).await,
            };
        }
        let disk = match scenario {
            Scenario::SlowDisk => Disk::Slow,
            _ => Disk::AsItIs,
        };
        let installation = Installation::new(system, &self.options.programs, disk)?;
        match scenario {
            Scenario::FanOut => scenarios::fan_out(&installation, &load).await,
            Scenario::Latency => {
                let peer = self.samples.find(RATE, system.peer());
                let rate = peer.context("the peer's rate is not known")?.median() / 2.0;
                scenarios::latency(&installation, &load, rate).await
            }
            Scenario::SlowDisk => scenarios::throughput(&installation, &load, "slow disk").await,
            _ => scenarios::throughput(&installation, &load, "throughput").await,
        }
    }

    async fn create_visitors(&mut self, system: System) -> Result<()> {
        if self.with_visitors.contains_key(&system) {
            return Ok(());
        }
        let count = self.load.idle[2].max(self.load.storm);
        eprintln!("    creating {count} returning visitors");
        let installation = Installation::new(system, &self.options.programs, Disk::AsItIs)?;
        let server = installation.serve()?;
        let accounts = Accounts::new(system, &server).await?;
        let visitors = accounts.disconnected_visitors(&server, count).await?;
        server.process.stop()?;
        self.with_visitors.insert(system, (installation, visitors));
        Ok(())
    }
}
