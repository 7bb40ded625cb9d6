//! `deskbell`: the verbs.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use deskbell::config::{Config, Settings};
use mimalloc::MiMalloc;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Also what SQLite takes: a message is a hundred small pieces of memory. Without huge pages, which
/// would be half of what an idle server holds.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Live chat for customer support that you host yourself.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve visitors and agents until told to stop.
    ///
    /// Every setting can also stand in a TOML file or in a variable: --listen is `listen` in the
    /// file and DESKBELL_LISTEN in the environment. A flag beats a variable, a variable the file.
    Serve {
        /// Read settings from this TOML file
        #[arg(long, env = "DESKBELL_CONFIG")]
        config: Option<PathBuf>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Make an account one that runs the platform: the way in when nobody else does.
    ///
    /// It is found in the database that the settings name, the same that `serve` is given, whether
    /// or not the server runs. The platform's log tells of it.
    Operator {
        /// The address that the account signs in with
        email: String,
        /// Read settings from this TOML file
        #[arg(long, env = "DESKBELL_CONFIG")]
        config: Option<PathBuf>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Print the description of the HTTP API (OpenAPI 3.1, JSON).
    Openapi,
}

fn main() -> ExitCode {
    let (config, settings, operator) = match Cli::parse().verb {
        Verb::Serve { config, settings } => (config, settings, None),
        Verb::Operator {
            email,
            config,
            settings,
        } => (config, settings, Some(email)),
        Verb::Openapi => {
            print!("{}", deskbell::openapi::text());
            return ExitCode::SUCCESS;
        }
    };
    let config = match Config::load(config, &settings) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("Deskbell cannot start. Settings are wrong:\n{error}");
            return ExitCode::from(2);
        }
    };
    let done = match operator {
        Some(email) => make_operator(&config, &email),
        None => serve(config),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Deskbell stops: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn make_operator(config: &Config, email: &str) -> anyhow::Result<()> {
    let name = deskbell::make_operator(config, email).await?;
    println!("{name} runs this Deskbell now.");
    Ok(())
}

#[tokio::main]
async fn serve(config: Config) -> anyhow::Result<()> {
    // The client of NATS tells of every attempt to connect; so do we, in fewer words.
    let filter = EnvFilter::try_new(format!("async_nats=error,{}", config.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut running = deskbell::start(config).await?;
    tracing::info!(address = %running.address, "listening");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        error = running.failed() => return Err(error),
    }
    tracing::info!("stopping: open connections are told to come back");
    running.stop().await
}
