//! Load generator: measures Deskbell, a comparable peer and the upper bound with the same load.
//!
//! One thread generates the whole load. `cargo xtask bench` pins it to one core and the servers to
//! another, and each scenario reports the load of both: the server must be the one at its limit.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::installation::Programs;
use crate::scenarios::Scenario;
use crate::system::System;

mod accounts;
mod connection;
mod history;
mod installation;
mod machine;
mod process;
mod protocol;
mod report;
mod run;
mod samples;
mod scenarios;
mod system;
mod websocket;

/// Measures Deskbell beside its peers, on one load.
#[derive(Parser)]
#[command(name = "bench", bin_name = "cargo xtask bench")]
pub struct Options {
    #[command(flatten)]
    programs: Programs,
    /// The folder for RESULTS.md and results.json
    #[arg(long)]
    out: PathBuf,
    /// A tenth of the load, once: checks that everything runs
    #[arg(long)]
    quick: bool,
    /// Only this scenario; may be repeated
    #[arg(long, value_name = "SCENARIO")]
    only: Vec<Scenario>,
    /// Only this system; may be repeated
    #[arg(long, value_name = "SYSTEM")]
    system: Vec<System>,
    /// How often everything is measured; the median counts [default: 3, with --quick 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50))]
    repeats: Option<u32>,
}

fn main() -> ExitCode {
    match run::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
