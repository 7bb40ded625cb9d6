//! The commands of this repository, for people and CI: `cargo xtask <command>`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod build;
mod check;
mod deny;
mod kill;
mod openapi;
mod replay;
mod run;
mod simulate;
mod test;
mod tidy;

mod assets;
mod css;
mod fingerprint;
mod glue;
mod lint;
mod npm;
mod paths;
mod step;
mod streams;
mod system;
mod toolchain;
mod wasm;
mod web;
mod weights;

/// Builds, runs and tests Deskbell.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    arg_required_else_help = true
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build what is missing and start Deskbell with a demo workspace
    Run(run::Options),
    /// Run the tests: every layer, or the one named
    Test(test::Options),
    /// Check format, lints and documentation links of every crate
    Check,
    /// Check this repository's own rules: sizes, module docs, sleeps in tests, class names …
    Tidy,
    /// Build the web files and the server
    Build(build::Options),
    /// Replay recorded conversations through real sockets, then compare the database with the file
    Replay(replay::Options),
    /// Benchmark Deskbell, its peers and an upper bound
    Bench(bench::Options),
    /// Kill the server repeatedly while people chat, then compare every client with the database
    Kill(kill::Options),
    /// Run random plans in simulated time: connections break, servers crash, every client is
    /// compared
    Simulate(simulate::Options),
    /// Write the description of the HTTP API to docs/openapi.json
    Openapi,
    /// Check licences, advisories and sources of all dependencies; installs cargo-deny if missing
    Deny,
}

fn main() -> ExitCode {
    let outcome = if lint::is_compiler() {
        lint::compile()
    } else {
        run(Arguments::parse().verb)
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Run(options) => run::run(&options),
        Verb::Test(options) => test::run(&options),
        Verb::Check => check::run().map(|()| ExitCode::SUCCESS),
        Verb::Tidy => tidy::run().map(|()| ExitCode::SUCCESS),
        Verb::Build(options) => build::run(&options).map(|()| ExitCode::SUCCESS),
        Verb::Replay(options) => replay::run(&options).map(|()| ExitCode::SUCCESS),
        Verb::Bench(options) => bench::run(&options).map(|()| ExitCode::SUCCESS),
        Verb::Kill(options) => kill::run(&options).map(|()| ExitCode::SUCCESS),
        Verb::Simulate(options) => simulate::run(&options).map(|()| ExitCode::SUCCESS),
        Verb::Openapi => openapi::run().map(|()| ExitCode::SUCCESS),
        Verb::Deny => deny::run().map(|()| ExitCode::SUCCESS),
    }
}
