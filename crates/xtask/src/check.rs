//! `cargo xtask check`: format, lints and documentation links; warnings count as errors.

use anyhow::Result;

use crate::step::{run as run_command, step};
use crate::toolchain::{self, WasmCompiler};
use crate::{wasm, web};

/// When the browser's programs are linted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WasmLint {
    /// By this check.
    Now,
    /// By their release build, which runs beside this check and denies warnings, if the compiler for wasm has no
    /// clippy: the lint would compile everything a second time.
    WithReleaseBuild,
}

pub(crate) fn run(lint: WasmLint) -> Result<()> {
    web::ensure_folder()?;
    step("Check the format", || {
        run_command(toolchain::cargo().args(["fmt", "--all", "--check"]))
    })?;
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
    let compiler = WasmCompiler::find()?;
    if lint == WasmLint::WithReleaseBuild && !compiler.has_clippy() {
        return Ok(());
    }
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
