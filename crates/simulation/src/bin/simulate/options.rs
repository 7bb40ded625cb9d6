//! The options of `cargo xtask simulate`. xtask reads them too, to print the help without building the
//! tool.

use std::path::PathBuf;

use clap::Parser;

/// Runs random plans in simulated time: the real server, hub and engines, over connections that
/// break, are delayed or slow, with a server that crashes. All frames of the server are compared
/// with the database, and so is the final view of every client. A plan that fails is shrunk and
/// saved in target/simulation.
#[derive(Parser)]
#[command(name = "simulate", bin_name = "cargo xtask simulate")]
pub(crate) struct Options {
    /// Number of plans
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) plans: u64,
    /// Seed of the first plan; the others use the following numbers
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Run this plan only, and print its trace
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plans", "seed"])]
    pub(crate) plan: Option<PathBuf>,
    /// Number of plans that run at the same time [default: number of processors]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Stop after this many failed plans
    #[arg(long, default_value_t = 5)]
    pub(crate) failures: usize,
}
