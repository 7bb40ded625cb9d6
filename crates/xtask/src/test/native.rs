//! The Rust tests: builds the test programs of each selection of packages, then runs them all.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::programs::{self, TestProgram};
use crate::step::step;
use crate::{lint, paths, system, toolchain, web};

/// Packages that are compiled together. Cargo unifies the features of one selection, so packages
/// that must not share features are in different ones.
struct Selection {
    what: &'static str,
    /// Cargo's arguments to build the tests alone.
    tests: &'static [&'static str],
    /// Cargo's arguments to build, and so to lint, everything in the selection.
    everything: &'static [&'static str],
}

/// The workspace without the packages that have a selection of their own. Not the default members:
/// fuzz targets and benchmarks have no tests, but are linted too.
const DEFAULT: Selection = Selection {
    what: "the Rust tests",
    tests: &["test", "--no-run"],
    everything: &[
        "build",
        "--all-targets",
        "--workspace",
        "--exclude=deskbell-simulation",
        "--exclude=xtask",
    ],
};

const SELECTIONS: [Selection; 3] = [
    DEFAULT,
    Selection {
        what: "the simulation",
        tests: &["test", "--no-run", "--package=deskbell-simulation"],
        everything: &["build", "--all-targets", "--package=deskbell-simulation"],
    },
    Selection {
        what: "the tests of the build itself",
        tests: &["test", "--no-run", "--package=xtask"],
        // No program target: the running xtask cannot be replaced.
        everything: &["build", "--tests", "--package=xtask"],
    },
];

/// Builds and runs every Rust test; `rest` are arguments of the test programs, such as a filter.
pub(super) fn run(rest: &[String]) -> Result<()> {
    install()?;
    let mut tests = Vec::new();
    for selection in &SELECTIONS {
        tests.extend(build(selection)?);
    }
    run_built(&tests, rest)
}

/// Builds every Rust test and every other native package, and lints them in the same pass.
pub(super) fn build_linted() -> Result<Vec<TestProgram>> {
    install()?;
    let mut tests = Vec::new();
    for selection in &SELECTIONS {
        tests.extend(build_and_lint(selection)?);
    }
    Ok(tests)
}

/// Runs what was built.
pub(super) fn run_built(tests: &[TestProgram], rest: &[String]) -> Result<()> {
    step("Run the Rust tests", || programs::run_all(tests, rest))
}

/// The server that the tests of [`run`] are built with, as a program.
pub(super) fn server() -> Result<PathBuf> {
    web::ensure_folder()?;
    build(&DEFAULT)?;
    Ok(paths::root("target/debug/deskbell"))
}

/// The server that the tests of [`build_linted`] are built with.
pub(super) fn linted_server() -> Result<PathBuf> {
    web::ensure_folder()?;
    build_and_lint(&DEFAULT)?;
    Ok(paths::root("target/debug/deskbell"))
}

/// Installs the programs that the tests start.
fn install() -> Result<()> {
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
    // Its test is skipped with a notice where PgBouncer is missing.
    if std::env::var_os("CI").is_some() && !has_pgbouncer() {
        let installed = system::install("PgBouncer (the store is tested with it)", &["pgbouncer"]);
        if let Err(error) = installed {
            eprintln!("  {error:#}");
        }
    }
    Ok(())
}

fn build(selection: &Selection) -> Result<Vec<TestProgram>> {
    step(&format!("Build {}", selection.what), || {
        programs::build(toolchain::cargo().args(selection.tests))
    })
}

fn build_and_lint(selection: &Selection) -> Result<Vec<TestProgram>> {
    step(&format!("Build and lint {}", selection.what), || {
        let mut cargo = toolchain::cargo();
        lint::while_compiling(&mut cargo)?;
        programs::build(cargo.args(selection.everything))
    })
}

/// Finds the program, which Debian installs in a folder that only root's path contains.
fn has_nats() -> bool {
    paths::find_program("nats-server").is_some() || Path::new("/usr/sbin/nats-server").is_file()
}

/// Finds the program, which Debian installs in a folder that only root's path contains.
fn has_pgbouncer() -> bool {
    paths::find_program("pgbouncer").is_some() || Path::new("/usr/sbin/pgbouncer").is_file()
}

/// Finds the programs of Postgres, which Debian installs outside the path, in one folder per version.
fn has_postgres() -> bool {
    let installed = |version: &Path| version.join("bin/initdb").is_file();
    paths::find_program("initdb").is_some()
        || std::fs::read_dir("/usr/lib/postgresql")
            .is_ok_and(|versions| versions.flatten().any(|version| installed(&version.path())))
}
