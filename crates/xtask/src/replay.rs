//! `cargo xtask replay FILE`: replays recorded conversations through real sockets.

use anyhow::Result;
use clap::Args;

use crate::step::run as run_command;
use crate::{toolchain, web};

/// Options of the replay. The tool itself is a program of `crates/testkit`, built optimised.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// FILE and options; see `cargo xtask replay --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    web::ensure_folder()?;
    let replay = [
        "run",
        "--quiet",
        "--package",
        "deskbell-testkit",
        "--bin",
        "replay",
        "--",
    ];
    run_command(toolchain::cargo().args(replay).args(&options.rest))
}
