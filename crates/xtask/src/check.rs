//! `cargo xtask check`: format, lints and documentation links; warnings count as errors.

use anyhow::Result;

use crate::step::{run as run_command, step};
use crate::toolchain::{self, WasmCompiler};
use crate::{wasm, web};

/// Checks everything without building it.
pub(crate) fn run() -> Result<()> {
    web::ensure_folder()?;
    format()?;
    // All native packages in one selection, with their tests: each is linted once, and what they
    // depend on is checked once.
    step("Lint the native packages", || {
        let mut clippy = native("clippy");
        clippy.args(["--keep-going", "--all-targets"]);
        run_command(clippy.args(["--", "--deny", "warnings"]))
    })?;
    step("Check the links of the documentation", || {
        let mut doc = native("doc");
        doc.args(["--no-deps", "--document-private-items", "--quiet"]);
        run_command(doc.env("RUSTDOCFLAGS", "--deny rustdoc::broken_intra_doc_links"))
    })?;
    lint_programs(&WasmCompiler::find()?)
}

/// Checks the format, and lints the programs of the browser if their build does not. The builds of all
/// layers lint everything else.
///
/// The release build of the browser's programs, which runs beside this, denies warnings if its
/// compiler has no clippy: the lint would compile everything a second time.
pub(crate) fn run_beside_builds() -> Result<()> {
    format()?;
    let compiler = WasmCompiler::find()?;
    if compiler.has_clippy() {
        lint_programs(&compiler)?;
    }
    Ok(())
}

fn format() -> Result<()> {
    step("Check the format", || {
        run_command(toolchain::cargo().args(["fmt", "--all", "--check"]))
    })
}

fn lint_programs(compiler: &WasmCompiler) -> Result<()> {
    step("Lint the programs of the browser", || {
        let packages = [wasm::WIDGET.package, wasm::DASHBOARD.package];
        run_command(&mut compiler.lint(wasm::profile(false), &packages))
    })
}

/// A cargo command for all packages that are not programs of the browser.
fn native(verb: &str) -> std::process::Command {
    let mut command = toolchain::cargo();
    command.args([verb, "--workspace"]);
    for program in [wasm::WIDGET, wasm::DASHBOARD] {
        command.args(["--exclude", program.package]);
    }
    command
}
