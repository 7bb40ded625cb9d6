//! The command line of `deskbell`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use deskbell::config::{Config, Settings};
use mimalloc::MiMalloc;
use tokio::signal::unix::{SignalKind, signal};

/// The allocator, also of SQLite: a message is a hundred small allocations. It uses no huge pages,
/// which would be half of an idle server's memory.
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
    /// Run the server until it is stopped.
    ///
    /// Every setting can also be in a TOML file or in an environment variable: --listen is `listen`
    /// in the file and DESKBELL_LISTEN in the environment. Flags take precedence over variables, and
    /// variables over the file.
    Serve {
        /// Read settings from this TOML file
        #[arg(long, env = "DESKBELL_CONFIG")]
        config: Option<PathBuf>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Make an account an operator of this installation, for when there is none.
    ///
    /// Use the same settings as for `serve`, because they name the database. The server may be
    /// running. The change is recorded in the audit log of the installation.
    Operator {
        /// E-mail address of the account
        email: String,
        /// Read settings from this TOML file
        #[arg(long, env = "DESKBELL_CONFIG")]
        config: Option<PathBuf>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Print the OpenAPI description of the HTTP API (JSON).
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
            eprintln!("Deskbell cannot start: the settings are invalid.\n{error}");
            return ExitCode::from(2);
        }
    };
    let (done, failure) = match operator {
        Some(email) => (make_operator(&config, &email), ""),
        None => (serve(config), "Deskbell stopped: "),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{failure}{}", deskbell::error_line(&error));
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn make_operator(config: &Config, email: &str) -> anyhow::Result<()> {
    let name = deskbell::make_operator(config, email).await?;
    println!("{name} is an operator of this Deskbell now.");
    Ok(())
}

#[tokio::main]
async fn serve(config: Config) -> anyhow::Result<()> {
    deskbell::log::init(&config.log)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut running = deskbell::start(config).await?;
    tracing::info!(address = %running.address, "listening");
    match running.demo().await? {
        Some(demo) => tracing::info!("{demo}"),
        None => tracing::info!("{}", running.next_step().await?),
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        error = running.failed() => return Err(error),
    }
    tracing::info!("stopping: clients reconnect");
    running.stop().await
}
