//! `cargo xtask test`: every layer in turn, or one of them.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::step::{run as run_command, seconds, step};
use crate::wasm::{DASHBOARD, WIDGET};
use crate::{build, check, npm, paths, system, tidy, toolchain, web};

/// Which tests to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Only this layer; without it all of them, and what fails does not stop the others
    layer: Option<Layer>,
    /// Passed on to the layer's own runner, after `--`: `cargo xtask test native -- claim`
    #[arg(last = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Layer {
    /// This repository's own rules
    Tidy,
    /// Format and lints
    Check,
    /// The web files as they are released, within their budgets
    Wasm,
    /// Every Rust test: protocol, engine, store on both databases, server over HTTP and WebSocket
    #[value(alias = "unit")]
    Native,
    /// Two real browsers: a visitor on somebody's page, an agent in the dashboard
    E2e,
}

impl Layer {
    /// The quick ones first.
    const ALL: [Self; 5] = [Self::Tidy, Self::Check, Self::Wasm, Self::Native, Self::E2e];

    fn name(self) -> &'static str {
        match self {
            Self::Tidy => "tidy",
            Self::Check => "check",
            Self::Wasm => "wasm",
            Self::Native => "native",
            Self::E2e => "e2e",
        }
    }

    fn run(self, rest: &[String]) -> Result<()> {
        match self {
            Self::Tidy => tidy::run(),
            Self::Check => check::run(),
            Self::Wasm => build::web(true),
            Self::Native => native(rest),
            Self::E2e => e2e(rest),
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let layers = options
        .layer
        .map_or_else(|| Layer::ALL.to_vec(), |layer| vec![layer]);
    let mut outcomes = Vec::new();
    for layer in layers {
        if layer == Layer::E2e && !paths::root("e2e/package.json").exists() {
            eprintln!("▸ Layer e2e: skipped, e2e/package.json does not exist yet");
            continue;
        }
        eprintln!("\n━━ Layer {} ━━", layer.name());
        let start = Instant::now();
        let result = layer.run(&options.rest);
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        outcomes.push((layer, result.is_ok(), start.elapsed()));
    }
    Ok(report(&outcomes))
}

fn report(outcomes: &[(Layer, bool, Duration)]) -> ExitCode {
    println!();
    for (layer, passed, time) in outcomes {
        println!(
            "{:<8} {:<7} {}",
            layer.name(),
            if *passed { "passed" } else { "FAILED" },
            seconds(*time)
        );
    }
    let failed = outcomes.iter().filter(|(_, passed, _)| !passed).count();
    println!("{} passed, {failed} failed", outcomes.len() - failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn native(rest: &[String]) -> Result<()> {
    web::ensure_folder()?;
    if !has_postgres() {
        system::install("PostgreSQL (the store is tested on it)", &["postgresql"])?;
    }
    if !has_nats() {
        system::install("NATS (nodes hear each other through it)", &["nats-server"])?;
    }
    step("Run the Rust tests", || {
        run_command(toolchain::cargo().arg("test").args(rest))
    })?;
    // Apart, for their features are not the server's.
    step("Run the tests of the browser's programs", || {
        let mut command = toolchain::cargo();
        command.arg("test");
        for program in [WIDGET, DASHBOARD] {
            command.args(["--package", program.package]);
        }
        run_command(command.args(rest))
    })?;
    step("Run the tests of the build itself", || {
        run_command(
            toolchain::cargo()
                .args(["test", "--package", "xtask"])
                .args(rest),
        )
    })
}

fn e2e(rest: &[String]) -> Result<()> {
    if ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .all(|name| paths::find_program(name).is_none())
    {
        system::install("Chromium (the browser tests drive it)", &["chromium"])?;
    }
    // What people get is what is tested.
    build::web(true)?;
    build::server()?;
    let folder = paths::root("e2e");
    npm::install(&folder)?;
    step("Run the browser tests", || {
        run_command(
            Command::new("npx")
                .current_dir(&folder)
                .args(["playwright", "test"])
                .args(rest),
        )
    })
}

/// Debian keeps it where only root's path leads.
fn has_nats() -> bool {
    paths::find_program("nats-server").is_some() || Path::new("/usr/sbin/nats-server").is_file()
}

/// Debian keeps the server's programs, one folder a version, out of the path.
fn has_postgres() -> bool {
    let installed = |version: &Path| version.join("bin/initdb").is_file();
    paths::find_program("initdb").is_some()
        || std::fs::read_dir("/usr/lib/postgresql")
            .is_ok_and(|versions| versions.flatten().any(|version| installed(&version.path())))
}
