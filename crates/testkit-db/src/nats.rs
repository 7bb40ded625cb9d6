//! A throwaway NATS: a child process on a free port, which can be killed and restarted.
//!
//! A watchdog shell reads a pipe from this process and kills NATS when the pipe breaks, so that it
//! ends even when the tests are killed.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::free_port::free_address;

/// Runs its arguments as a command until standard input ends.
const WATCHDOG: &str = r#""$@" & cat > /dev/null; kill -9 $!"#;
/// The timeout of the start.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// The default message limit of NATS.
const DEFAULT_PAYLOAD_BYTES: usize = 1024 * 1024;
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// User and password; the password has a space because URLs must escape it.
pub const CREDENTIALS: (&str, &str) = ("deskbell", "a bell");

pub struct Nats {
    address: SocketAddr,
    folder: TempDir,
    watchdog: Option<Child>,
    /// The message limit.
    max_payload_bytes: usize,
}

impl Nats {
    /// Starts NATS. Blocks until it answers.
    pub fn start() -> Result<Self> {
        Self::with_payload_limit(DEFAULT_PAYLOAD_BYTES)
    }

    /// Starts NATS with this message limit. Blocks until it answers.
    pub fn with_payload_limit(max_payload_bytes: usize) -> Result<Self> {
        let mut nats = Self {
            address: free_address().context("no port is free")?,
            folder: TempDir::with_prefix("deskbell-nats-")?,
            watchdog: None,
            max_payload_bytes,
        };
        nats.restart()?;
        Ok(nats)
    }

    /// The URL for nodes.
    pub fn url(&self) -> String {
        format!("nats://deskbell:a%20bell@{}", self.address)
    }

    /// The address, for a client that is not a node.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills NATS with SIGKILL: all connections break.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut watchdog) = self.watchdog.take() {
            drop(watchdog.stdin.take());
            watchdog.wait()?;
        }
        Ok(())
    }

    /// Stops the process with SIGSTOP: it neither reads nor writes, but its connections stay open.
    pub fn freeze(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// Continues the process after [`Nats::freeze`].
    pub fn resume(&self) -> Result<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> Result<()> {
        let process = std::fs::read_to_string(self.folder.path().join("pid"))?;
        let status = Command::new("kill")
            .args(["-s", name, process.trim()])
            .status()?;
        ensure!(status.success(), "SIG{name} was not delivered");
        Ok(())
    }

    /// Restarts NATS on the same port. Blocks until it answers.
    pub fn restart(&mut self) -> Result<()> {
        let program = find_program().context("NATS is not installed: install nats-server")?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))?;
        let settings = self.folder.path().join("settings");
        std::fs::write(
            &settings,
            format!("max_payload: {}", self.max_payload_bytes),
        )?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(program)
            .arg("--config")
            .arg(settings)
            .args(["--addr", &self.address.ip().to_string()])
            .args(["--port", &self.address.port().to_string()])
            .args(["--user", "deskbell", "--pass", "a bell", "--pid"])
            .arg(self.folder.path().join("pid"));
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let watchdog = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        self.watchdog = Some(watchdog);
        let started_at = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            ensure!(
                started_at.elapsed() < START_TIMEOUT,
                "NATS does not start: {}",
                self.log()
            );
            std::thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.kill();
    }
}

/// Finds the program; Debian installs it in a folder that only root's path contains.
fn find_program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut programs = folders.map(|folder| folder.join("nats-server"));
    programs.find(|program| program.is_file())
}
