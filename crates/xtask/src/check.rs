//! `cargo xtask check`: format and lints, warnings counting as errors.

use anyhow::Result;

use crate::step::{run as run_command, step};
use crate::{toolchain, wasm, web};

pub(crate) fn run() -> Result<()> {
    web::ensure_folder()?;
    step("Check the format", || {
        run_command(toolchain::cargo().args(["fmt", "--all", "--check"]))
    })?;
    // Three times, for each selection of crates has features of its own.
    let programs = [wasm::WIDGET.package, wasm::DASHBOARD.package];
    step("Lint the server's crates", || clippy(&[]))?;
    step("Lint the programs of the browser", || clippy(&programs))?;
    step("Lint xtask", || clippy(&["xtask"]))
}

fn clippy(packages: &[&str]) -> Result<()> {
    let mut command = toolchain::cargo();
    command.args(["clippy", "--all-targets"]);
    for package in packages {
        command.args(["--package", package]);
    }
    run_command(command.args(["--", "--deny", "warnings"]))
}
