//! `cargo xtask simulate`: runs random plans in simulated time.

use anyhow::Result;
use clap::Args;

use crate::step::run as run_command;
use crate::{toolchain, web};

/// Options of the simulation. The tool itself is a program of `crates/simulation`.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// Options; see `cargo xtask simulate --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    web::ensure_folder()?;
    let simulate = [
        "run",
        "--quiet",
        "--package",
        "deskbell-simulation",
        "--bin",
        "simulate",
        "--",
    ];
    run_command(toolchain::cargo().args(simulate).args(&options.rest))
}
