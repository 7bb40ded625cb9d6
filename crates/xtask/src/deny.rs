//! `cargo xtask deny`: licences, advisories and sources of all dependencies, as `deny.toml` says.

use anyhow::Result;

use crate::step::{run as run_command, step};
use crate::{paths, toolchain};

pub(crate) fn run() -> Result<()> {
    if paths::find_program("cargo-deny").is_none() {
        step("Install cargo-deny", || {
            run_command(toolchain::cargo().args(["install", "cargo-deny"]))
        })?;
    }
    step("Check the dependencies", || {
        run_command(toolchain::cargo().args(["deny", "check"]))
    })
}
