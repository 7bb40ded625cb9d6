//! The Rust tests: builds the test programs of each selection of packages, then runs them all.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::programs::{self, TestProgram};
use crate::step::step;
use crate::wasm::{DASHBOARD, WIDGET};
use crate::{paths, system, web};

/// Packages that are compiled together. Cargo unifies the features of one selection, so packages
/// that must not share features are in different ones.
struct Selection {
    what: &'static str,
    /// The default members if empty.
    packages: &'static [&'static str],
}

const DEFAULT: Selection = Selection {
    what: "the Rust tests",
    packages: &[],
};

const SELECTIONS: [Selection; 4] = [
    DEFAULT,
    Selection {
        what: "the simulation",
        packages: &["deskbell-simulation"],
    },
    Selection {
        what: "the tests of the browser's programs",
        packages: &[WIDGET.package, DASHBOARD.package],
    },
    Selection {
        what: "the tests of the build itself",
        packages: &["xtask"],
    },
];

/// Builds and runs every Rust test; `rest` are arguments of the test programs, such as a filter.
pub(super) fn run(rest: &[String]) -> Result<()> {
    run_built(&build_all()?, rest)
}

/// Builds every Rust test, and installs what the tests need.
pub(super) fn build_all() -> Result<Vec<TestProgram>> {
    web::ensure_folder()?;
    if !has_postgres() {
        system::install("PostgreSQL (the store is tested on it)", &["postgresql"])?;
    }
    if !has_nats() {
        system::install(
            "NATS (it connects the nodes of a cluster)",
            &["nats-server"],
        )?;
    }
    let mut tests = Vec::new();
    for selection in &SELECTIONS {
        tests.extend(build(selection)?);
    }
    Ok(tests)
}

/// Runs what was built.
pub(super) fn run_built(tests: &[TestProgram], rest: &[String]) -> Result<()> {
    step("Run the Rust tests", || programs::run_all(tests, rest))
}

/// The server that the tests of [`run`] are built with, as a program.
pub(super) fn built_server() -> Result<PathBuf> {
    web::ensure_folder()?;
    build(&DEFAULT)?;
    Ok(paths::root("target/debug/deskbell"))
}

fn build(selection: &Selection) -> Result<Vec<TestProgram>> {
    step(&format!("Build {}", selection.what), || {
        programs::build(selection.packages)
    })
}

/// Debian installs it where only root's path leads.
fn has_nats() -> bool {
    paths::find_program("nats-server").is_some() || Path::new("/usr/sbin/nats-server").is_file()
}

/// Debian installs the server's programs, one folder a version, out of the path.
fn has_postgres() -> bool {
    let installed = |version: &Path| version.join("bin/initdb").is_file();
    paths::find_program("initdb").is_some()
        || std::fs::read_dir("/usr/lib/postgresql")
            .is_ok_and(|versions| versions.flatten().any(|version| installed(&version.path())))
}
