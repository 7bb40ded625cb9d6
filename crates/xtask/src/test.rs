//! `cargo xtask test`: runs every layer of tests in turn, or one of them.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::step::seconds;
use crate::toolchain::WasmCompiler;
use crate::{build, check, deny, tidy};

mod background;
mod browser;
mod native;
mod programs;

use background::BackgroundLayer;

/// Options of the tests.
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
    /// Format, lints and links of the documentation. With all layers, the build of the Rust tests is the lint
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

    /// Runs this layer alone.
    fn run_alone(self, rest: &[String]) -> Result<()> {
        match self {
            Self::Tidy => tidy::run(),
            Self::Deny => deny::run(),
            Self::Check => check::run(),
            Self::Wasm => build::linted_web(),
            Self::Native => native::run(rest),
            Self::E2e => browser::run(rest, build::server),
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut run = Run::default();
    match options.layer {
        Some(layer) => run.layer(layer, || layer.run_alone(&options.rest)),
        None => run.all(&options.rest),
    }
    Ok(report(&run.outcomes))
}

/// The layers so far: whether each passed, and how long it took.
#[derive(Default)]
struct Run {
    outcomes: Vec<(Layer, bool, Duration)>,
}

impl Run {
    /// Runs all layers, the quick ones first. Each uses what the others compile: the builds of the Rust
    /// tests and of the browser's programs are their lint, and the tests' server is the browsers'.
    ///
    /// The release build runs beside whatever else only compiles. Tests have the machine to themselves.
    fn all(&mut self, rest: &[String]) {
        self.layer(Layer::Tidy, tidy::run);
        self.layer(Layer::Deny, deny::run);
        // Before the layers that both need it: two installations at a time lock each other out.
        let release = WasmCompiler::find().and_then(|_| BackgroundLayer::start(Layer::Wasm.name()));
        let mut tests = None;
        self.layer(Layer::Check, || {
            check::run_beside_builds()?;
            tests = Some(native::build_linted()?);
            Ok(())
        });
        announce(Layer::Wasm);
        match release {
            Ok(release) => {
                let (result, time) = release.finish();
                self.record(Layer::Wasm, result, time);
            }
            Err(error) => self.record(Layer::Wasm, Err(error), Duration::ZERO),
        }
        match tests {
            Some(tests) => {
                self.layer(Layer::Native, || native::run_built(&tests, rest));
                self.layer(Layer::E2e, || browser::run(rest, native::linted_server));
            }
            // A lint failed: the tests are built without.
            None => {
                self.layer(Layer::Native, || native::run(rest));
                self.layer(Layer::E2e, || browser::run(rest, native::server));
            }
        }
    }

    fn layer(&mut self, layer: Layer, work: impl FnOnce() -> Result<()>) {
        announce(layer);
        let start = Instant::now();
        let result = work();
        self.record(layer, result, start.elapsed());
    }

    fn record(&mut self, layer: Layer, result: Result<()>, time: Duration) {
        if let Err(error) = &result {
            eprintln!("error: {error:#}");
        }
        self.outcomes.push((layer, result.is_ok(), time));
    }
}

fn announce(layer: Layer) {
    eprintln!("\n━━ Layer {} ━━", layer.name());
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
