//! `cargo xtask test`: runs every layer of tests in turn, or one of them.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::check::WasmLint;
use crate::step::seconds;
use crate::{build, check, deny, tidy};

mod browser;
mod native;
mod programs;

/// Which tests to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Run only this layer. Without it all layers run; a failed layer does not stop the others
    layer: Option<Layer>,
    /// Arguments for the layer's own runner, after `--`: `cargo xtask test native -- claim`
    #[arg(last = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Layer {
    /// This repository's own rules
    Tidy,
    /// Licences, advisories and sources of all dependencies
    Deny,
    /// Format, lints and links of the documentation
    Check,
    /// The web files as they are released, within their budgets
    Wasm,
    /// Every Rust test: protocol, engine, store on both databases, server over HTTP and WebSocket
    #[value(alias = "unit")]
    Native,
    /// Two real browsers: a visitor on a customer's page, an agent in the dashboard
    E2e,
}

impl Layer {
    /// The quick ones first.
    const ALL: [Self; 6] = [
        Self::Tidy,
        Self::Deny,
        Self::Check,
        Self::Wasm,
        Self::Native,
        Self::E2e,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Tidy => "tidy",
            Self::Deny => "deny",
            Self::Check => "check",
            Self::Wasm => "wasm",
            Self::Native => "native",
            Self::E2e => "e2e",
        }
    }

    /// Runs one layer. When all layers run, each uses what the others compile: the release build of
    /// the browser's programs is their lint, and the Rust tests build the server for the browsers.
    fn run(self, rest: &[String], all: bool) -> Result<()> {
        match self {
            Self::Tidy => tidy::run(),
            Self::Deny => deny::run(),
            Self::Check if all => check::run(WasmLint::WithReleaseBuild),
            Self::Check => check::run(WasmLint::Now),
            Self::Wasm => build::linted_web(),
            Self::Native => native::run(rest),
            Self::E2e if all => browser::run(rest, native::built_server),
            Self::E2e => browser::run(rest, build::server),
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let layers = options
        .layer
        .map_or_else(|| Layer::ALL.to_vec(), |layer| vec![layer]);
    let mut outcomes = Vec::new();
    for layer in layers {
        eprintln!("\n━━ Layer {} ━━", layer.name());
        let start = Instant::now();
        let result = layer.run(&options.rest, options.layer.is_none());
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
