//! The plan of a kill test: what is killed, how often, and the clients that are connected meanwhile.

use std::path::PathBuf;
use std::time::Duration;

/// The plan of one run. The seed decides all moments and choices.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The `deskbell` program.
    pub binary: PathBuf,
    /// Another release of it, which every second node runs: a rolling upgrade.
    pub other_binary: Option<PathBuf>,
    pub database: DatabaseKind,
    /// Number of server processes on the database. More than one need Postgres; they are connected
    /// through a NATS that fails too.
    pub nodes: u16,
    /// Number of kills.
    pub times: u32,
    /// The longest time that a node is frozen, if there are several; zero if none is.
    pub longest_freeze: Duration,
    /// Number of kills between two pauses in which everything is compared.
    pub pause_every: u32,
    pub visitors: u16,
    pub agents: u16,
    pub seed: u64,
}

/// Which database the servers use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file in a temporary folder.
    Sqlite,
    /// An existing, empty Postgres database, which the test does not disturb.
    Postgres(String),
    /// A throwaway Postgres, which crashes or becomes unreachable now and then.
    FailingPostgres,
}
