//! The options of `cargo xtask kill`. xtask reads them too, to print the help without building the tool.

use std::path::PathBuf;

use clap::Parser;

/// Kills servers with SIGKILL repeatedly while people chat, then compares what each client shows
/// with the database: each text once, with the same number, in every client.
#[derive(Parser)]
#[command(name = "kill", bin_name = "cargo xtask kill")]
pub(crate) struct Options {
    /// Number of kills
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) times: u32,
    /// Kills between two pauses in which everything is compared
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) pause_every: u32,
    /// Use a throwaway Postgres, which crashes or loses the answer to a commit now and then
    /// (default: SQLite)
    #[arg(long)]
    pub(crate) postgres: bool,
    /// Use this empty Postgres database: postgres://user:password@host/name
    #[arg(long, value_name = "URL", conflicts_with = "postgres")]
    pub(crate) database_url: Option<String>,
    /// Number of server processes on one Postgres; one of them is killed at a time, and NATS
    /// between them too
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=9))]
    pub(crate) nodes: u16,
    /// The longest time for which a node is frozen (SIGSTOP) while another is killed, in seconds; 0 for never
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(0..=30))]
    pub(crate) longest_freeze: u64,
    /// Number of visitors who chat at the same time
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) people: u16,
    /// Number of agents who answer them
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=50))]
    pub(crate) agents: u16,
    /// Seed of all times and choices; the seed of an earlier run repeats its plan
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Path of the server's program
    #[arg(long, default_value = "target/debug/deskbell")]
    pub(crate) binary: PathBuf,
    /// Path of an older release's program, which every second node runs: a rolling upgrade
    #[arg(long, value_name = "PATH")]
    pub(crate) other_binary: Option<PathBuf>,
}
