//! The browser tests: Playwright against a server with the release bundles.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::step::{run as run_command, step};
use crate::{npm, paths, system, web};

/// Runs the browser tests against the server that `build_server` builds.
pub(super) fn run(rest: &[String], build_server: impl FnOnce() -> Result<PathBuf>) -> Result<()> {
    if ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .all(|name| paths::find_program(name).is_none())
    {
        system::install("Chromium (the browser tests drive it)", &["chromium"])?;
    }
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
