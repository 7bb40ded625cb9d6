//! The browser tests: Playwright against a server with the release bundles.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::step::{run as run_command, step};
use crate::{npm, paths, system, web};

/// Runs the browser tests against the server that `build_server` builds.
pub(super) fn run(rest: &[String], build_server: impl FnOnce() -> Result<PathBuf>) -> Result<()> {
    install()?;
    // The tests use the bundles that visitors and agents get.
    web::build(true, None)?;
    let server = build_server()?;
    let folder = paths::root("e2e");
    npm::install(&folder)?;
    step("Run the browser tests", || {
        run_command(
            Command::new("npx")
                .current_dir(&folder)
                .env("DESKBELL_BIN", server)
                .args(["playwright", "test"])
                .args(rest),
        )
    })
}

/// Installs Chromium and, in CI, its headless shell, which runs most of the tests with less than half the
/// processor time. A system without a package of the shell runs them in Chromium.
fn install() -> Result<()> {
    let is_missing = |names: &[&str]| names.iter().all(|it| paths::find_program(it).is_none());
    if is_missing(&["chromium", "chromium-browser", "google-chrome"]) {
        system::install("Chromium (the browser tests drive it)", &["chromium"])?;
    }
    if std::env::var_os("CI").is_some() && is_missing(&["chromium-headless-shell"]) {
        let installed = system::install(
            "Chromium's headless shell (it runs most browser tests)",
            &["chromium-headless-shell"],
        );
        if let Err(error) = installed {
            eprintln!("  {error:#}");
        }
    }
    Ok(())
}
