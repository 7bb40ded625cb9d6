//! `cargo xtask kill`: kills the server repeatedly while people chat.

#[path = "../../testkit/src/bin/kill/options.rs"]
mod options;

use std::iter;

use anyhow::Result;
use clap::{Args, Parser as _};
use options::Options as ToolOptions;

use crate::step::run as run_command;
use crate::{build, toolchain, web};

/// Options of the crash test. The tool itself is a program of `crates/testkit`.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    /// Options; see `cargo xtask kill --help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    // Prints the help or an error, and exits, before anything is built.
    let arguments = options.rest.iter().map(String::as_str);
    ToolOptions::parse_from(iter::once("kill").chain(arguments));
    let kill = [
        "run",
        "--quiet",
        "--package",
        "deskbell-testkit",
        "--bin",
        "kill",
        "--",
    ];
    let mut command = toolchain::cargo();
    command.args(kill);
    let is_set = |name: &str| {
        let mut options = options.rest.iter();
        options.any(|option| option == name || option.starts_with(&format!("{name}=")))
    };
    if is_set("--binary") {
        web::ensure_folder()?;
    } else {
        command.arg("--binary").arg(build::server()?);
    }
    run_command(command.args(&options.rest))
}
