//! `cargo xtask openapi`: writes the description of the HTTP API to docs/openapi.json.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{paths, toolchain, web};

pub(crate) fn run() -> Result<()> {
    web::ensure_folder()?;
    let mut print = toolchain::cargo();
    print.args(["run", "--quiet", "--package", "deskbell", "--", "openapi"]);
    let output = print
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cargo cannot be run")?;
    ensure!(output.status.success(), "the server does not say it");
    let path = paths::root("docs/openapi.json");
    fs::write(&path, output.stdout).with_context(|| path.display().to_string())
}
