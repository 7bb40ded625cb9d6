//! A child process that ends with this one and is pinned to a core, and statistics of processes.

use std::ffi::OsStr;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};

/// The servers' core.
const SERVER_CORE: &str = "0";
/// The core of the generator, to which the caller pins it.
const GENERATOR_CORE: &str = "1";
/// The kernel counts times in hundredths of a second, on every Linux that people run.
const TICKS_A_SECOND: f64 = 100.0;
/// The timeout of a graceful stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

pub struct Process(Child);

impl Process {
    /// Starts a server on its core; it ends with this process, however that ends.
    pub fn start(
        program: impl AsRef<OsStr>,
        arguments: &[&OsStr],
        environment: &[(&str, String)],
    ) -> Result<Self> {
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "taskset", "-c", SERVER_CORE])
            .arg(program.as_ref())
            .args(arguments)
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.as_ref().display()))?;
        Ok(Self(child))
    }

    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_some())
    }

    /// Resident memory, in KB.
    pub fn resident_kb(&self) -> Result<f64> {
        self.memory_kb("VmRSS:")
    }

    /// Resident memory that belongs to no file, in KB.
    pub fn anonymous_kb(&self) -> Result<f64> {
        self.memory_kb("RssAnon:")
    }

    fn memory_kb(&self, name: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .context("a running process has memory")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    }

    /// The processor time so far, in seconds.
    pub fn used(&self) -> Result<f64> {
        used(&self.0.id().to_string())
    }

    /// Stops the process gracefully and waits for it.
    pub fn stop(mut self) -> Result<()> {
        rustix::process::kill_process(Pid::from_child(&self.0), Signal::TERM)?;
        let started_at = Instant::now();
        while !self.has_ended()? && started_at.elapsed() < STOP_TIMEOUT {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The load of both sides: shows whether the generator was the bottleneck.
pub struct Meter {
    since: Instant,
    generator: f64,
    server_core: f64,
}

/// Shares of a core, 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Utilisation {
    /// CPU time of the servers' core, of all its users: the server, Postgres, the kernel.
    pub server_core: f64,
    /// The generator's share of its core.
    pub generator: f64,
}

impl Meter {
    pub fn start() -> Result<Self> {
        Ok(Self {
            since: Instant::now(),
            generator: used("self")?,
            server_core: core_used(SERVER_CORE)?,
        })
    }

    pub fn read(&self) -> Result<Utilisation> {
        let seconds = self.since.elapsed().as_secs_f64();
        Ok(Utilisation {
            server_core: (core_used(SERVER_CORE)? - self.server_core) / seconds,
            generator: (used("self")? - self.generator) / seconds,
        })
    }
}

/// The load of other processes on our two cores, 0 to 1; measured while nothing of ours runs.
pub async fn noise() -> Result<f64> {
    const WINDOW: Duration = Duration::from_millis(300);
    let used = || anyhow::Ok(core_used(SERVER_CORE)? + core_used(GENERATOR_CORE)?);
    let before = used()?;
    tokio::time::sleep(WINDOW).await;
    Ok((used()? - before) / WINDOW.as_secs_f64() / 2.0)
}

/// Pins a running process and its children to the servers' core.
pub fn pin(pid: u32) -> Result<()> {
    for pid in process_tree(pid)? {
        let status = Command::new("taskset")
            .args(["-a", "-c", "-p", SERVER_CORE, &pid])
            .stdout(Stdio::null())
            .status()?;
        anyhow::ensure!(status.success(), "taskset -p {pid}: {status}");
    }
    Ok(())
}

/// The processor time of a process and its children, in seconds.
pub fn process_tree_used(pid: u32) -> Result<f64> {
    // The time of a child that has just ended is lost.
    Ok(process_tree(pid)?
        .iter()
        .filter_map(|pid| used(pid).ok())
        .sum())
}

/// A process and its children.
fn process_tree(pid: u32) -> Result<Vec<String>> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    let children = children.split_whitespace().map(str::to_owned);
    Ok(children.chain([pid.to_string()]).collect())
}

fn used(pid: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may contain anything; the rest are numbers.
    let (_, numbers) = stat.rsplit_once(')').context("a name in brackets")?;
    ticks(numbers.split_whitespace().skip(11).take(2))
}

/// Everything except idle time and waiting for a disk.
fn core_used(core: &str) -> Result<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let name = format!("cpu{core} ");
    let numbers = stat
        .lines()
        .find_map(|line| line.strip_prefix(&name))
        .context("this core exists")?;
    let numbers = numbers.split_whitespace().enumerate();
    ticks(
        numbers.filter_map(|(column, number)| (!matches!(column, 3 | 4 | 8 | 9)).then_some(number)),
    )
}

fn ticks<'a>(numbers: impl Iterator<Item = &'a str>) -> Result<f64> {
    let mut sum = 0.0;
    for number in numbers {
        sum += number.parse::<f64>()?;
    }
    Ok(sum / TICKS_A_SECOND)
}
