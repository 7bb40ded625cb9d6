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
    // Tests may unwrap, and so may the helpers beside them, which clippy takes for ordinary code.
    let targets: [(&[&str], &[&str]); 2] = [
        (&[], &[]),
        (&["--all-targets"], &["--allow", "clippy::unwrap_used"]),
    ];
    for (selection, lints) in targets {
        let mut command = toolchain::cargo();
        command.args(["clippy", "--keep-going"]).args(selection);
        for package in packages {
            command.args(["--package", package]);
        }
        run_command(command.args(["--", "--deny", "warnings"]).args(lints))?;
    }
    Ok(())
}
