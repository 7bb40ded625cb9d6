//! An installation of a system: its data, and a server that can be restarted on it.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use deskbell_store::Store;
use deskbell_testkit_db::postgres;
use tempfile::TempDir;

use crate::connection::Target;
use crate::process::{self, Process};
use crate::system::{Database, System};

/// The timeout of a start.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The additional time of an fsync, as on slow disks of small machines.
pub const SLOW_FSYNC: Duration = Duration::from_millis(5);
/// The polling interval during a start.
const POLL_INTERVAL: Duration = Duration::from_micros(200);

/// The paths of the measured programs.
#[derive(Clone, clap::Args)]
pub struct Programs {
    /// Deskbell's server, built for release
    #[arg(long)]
    pub deskbell: PathBuf,
    /// An earlier build of Deskbell's server, to compare with
    #[arg(long)]
    pub earlier: Option<PathBuf>,
    /// The relay, built for release
    #[arg(long)]
    pub relay: PathBuf,
    /// The folder of the peers, with their packages installed
    #[arg(long)]
    pub peers: PathBuf,
    /// The library that makes a disk slow
    #[arg(long)]
    pub slow_fsync: PathBuf,
}

pub struct Installation<'a> {
    pub system: System,
    programs: &'a Programs,
    data: TempDir,
    database: Option<Postgres>,
    disk: Disk,
}

struct Postgres {
    url: String,
    process_id: u32,
}

/// The disk of the server's SQLite.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    AsItIs,
    /// A disk whose fsync takes [`SLOW_FSYNC`] longer.
    Slow,
}

/// A running server.
pub struct Server {
    pub process: Process,
    postgres: Option<u32>,
    pub target: Target,
    /// The time from the start of the process to the first successful answer.
    pub started_in: Duration,
}

impl<'a> Installation<'a> {
    /// Creates an empty installation.
    pub fn new(system: System, programs: &'a Programs, disk: Disk) -> Result<Self> {
        let database = match system.database() {
            Some(Database::Postgres) => {
                let (url, process_id) = postgres::new_durable_database()?;
                process::pin(process_id)?;
                Some(Postgres { url, process_id })
            }
            Some(Database::Sqlite) | None => None,
        };
        Ok(Self {
            system,
            programs,
            data: TempDir::with_prefix("deskbell-bench-")?,
            database,
            disk,
        })
    }

    pub fn serve(&self) -> Result<Server> {
        let address = free_address()?;
        let started_at = Instant::now();
        let mut process = self.start(address)?;
        wait_until_ready(address, &mut process).with_context(|| self.system.name())?;
        Ok(Server {
            process,
            postgres: self.database.as_ref().map(|postgres| postgres.process_id),
            target: Target {
                address,
                protocol: self.system.protocol(),
            },
            started_in: started_at.elapsed(),
        })
    }

    /// Deskbell's data, without a server.
    pub async fn store(&self) -> Result<Store> {
        Ok(match &self.database {
            Some(postgres) => Store::open_postgres(&postgres.url).await?,
            None => Store::open_sqlite(&self.data.path().join("deskbell.db")).await?,
        })
    }

    fn start(&self, address: SocketAddr) -> Result<Process> {
        let mut environment = vec![("PORT", address.port().to_string())];
        if self.disk == Disk::Slow {
            let library = self.programs.slow_fsync.display().to_string();
            environment.push(("LD_PRELOAD", library));
            environment.push(("DELAY_US", SLOW_FSYNC.as_micros().to_string()));
        }
        match self.system {
            System::Deskbell(_) | System::Earlier(_) => {
                let program = match (self.system, &self.programs.earlier) {
                    (System::Earlier(_), Some(earlier)) => earlier,
                    (System::Earlier(_), None) => bail!("--earlier names no build"),
                    _ => &self.programs.deskbell,
                };
                let listen = address.to_string();
                let mut arguments: Vec<&OsStr> = ["serve", "--listen", &listen, "--log", "warn"]
                    .map(OsStr::new)
                    .to_vec();
                arguments
                    .extend(["--bcrypt-cost", "4", "--limits", "off", "--data"].map(OsStr::new));
                arguments.push(self.data.path().as_os_str());
                if let Some(postgres) = &self.database {
                    arguments.extend(["--database-url", &postgres.url].map(OsStr::new));
                }
                Process::start(program, &arguments, &environment)
            }
            System::Peer(database) => {
                let script = self.programs.peers.join(match database {
                    Database::Sqlite => "server-sqlite.mjs",
                    Database::Postgres => "server-pg.mjs",
                });
                let file = self.data.path().join("peer.db").display().to_string();
                let url = self.database.as_ref().map(|postgres| postgres.url.clone());
                environment.push(("DATABASE", url.unwrap_or(file)));
                environment.push(("NODE_ENV", "production".to_owned()));
                Process::start("node", &[script.as_os_str()], &environment)
            }
            System::Bound => Process::start(&self.programs.relay, &[], &environment),
        }
    }
}

impl Server {
    /// The processor time so far, in seconds, including that of its Postgres.
    pub fn used(&self) -> Result<f64> {
        let postgres = self.postgres.map_or(Ok(0.0), process::process_tree_used)?;
        Ok(self.process.used()? + postgres)
    }
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Waits for the first response with status 200.
fn wait_until_ready(address: SocketAddr, process: &mut Process) -> Result<()> {
    let started_at = Instant::now();
    while started_at.elapsed() < TIMEOUT {
        if is_ready(address) {
            return Ok(());
        }
        if process.has_ended()? {
            bail!("the server ended while it started");
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    bail!("the server does not answer")
}

fn is_ready(address: SocketAddr) -> bool {
    let status = TcpStream::connect(address).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status)
    });
    status.is_ok_and(|status| &status == b"HTTP/1.1 200")
}
