//! `cargo xtask simulate`: runs random plans in simulated time.

#[path = "../../simulation/src/bin/simulate/options.rs"]
mod options;

use std::iter;

use anyhow::Result;
use clap::{Args, Parser as _};
use options::Options as ToolOptions;

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
    // Prints the help or an error, and exits, before anything is built.
    let arguments = options.rest.iter().map(String::as_str);
    ToolOptions::parse_from(iter::once("simulate").chain(arguments));
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
