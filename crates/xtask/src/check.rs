//! `cargo xtask check`: format and lints, warnings counting as errors.

use anyhow::Result;

use crate::step::{run as run_command, step};
use crate::toolchain::{self, WasmCompiler};
use crate::{paths, wasm, web};

pub(crate) fn run() -> Result<()> {
    web::ensure_folder()?;
    step("Check the format", || {
        run_command(toolchain::cargo().args(["fmt", "--all", "--check"]))
    })?;
    // Apart, for each selection of crates has features of its own.
    step("Lint the server's crates", || clippy(&[]))?;
    step("Lint xtask", || clippy(&["xtask"]))?;
    // They take files of the server as their own, and are built by hand and seldom.
    step("Check what is fuzzed", || {
        let mut command = toolchain::cargo();
        command.args(["check", "--quiet", "--locked", "--no-default-features"]);
        command
            .arg("--manifest-path")
            .arg(paths::root("fuzz/Cargo.toml"));
        command.arg("--target-dir").arg(paths::root("target/fuzz"));
        run_command(command.env("RUSTFLAGS", "--cfg fuzzing"))
    })?;
    step("Lint the programs of the browser", || {
        let packages = [wasm::WIDGET.package, wasm::DASHBOARD.package];
        let profile = wasm::profile(false);
        run_command(&mut WasmCompiler::find()?.lint(profile, &packages))
    })
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
