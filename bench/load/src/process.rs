//! A child that ends with us, held to one core, and what the kernel knows about processes.

use std::ffi::OsStr;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};

/// The servers' core.
const SERVER_CORE: &str = "0";
/// The generator's: whoever starts it holds it there.
const GENERATOR_CORE: &str = "1";
/// The kernel counts times in hundredths of a second, on every Linux that people run.
const TICKS_A_SECOND: f64 = 100.0;
/// How long a server may take to stop by itself.
const STOPPING: Duration = Duration::from_secs(10);

pub struct Process(Child);

impl Process {
    /// Starts a server on its core; it dies with this process, however that ends.
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
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("a running process has resident memory")?;
        Ok(line.trim().trim_end_matches("kB").trim().parse()?)
    }

    /// Seconds of processor time it has used so far.
    pub fn used(&self) -> Result<f64> {
        used(&self.0.id().to_string())
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        rustix::process::kill_process(Pid::from_child(&self.0), Signal::TERM)?;
        let begun = Instant::now();
        while !self.has_ended()? && begun.elapsed() < STOPPING {
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

/// How busy both sides were: what tells whether the generator held the server up.
pub struct Meter {
    since: Instant,
    generator: f64,
    server_core: f64,
}

/// Shares of a core, 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Busy {
    /// Of the servers' core, whoever used it: the server, Postgres, the kernel.
    pub server_core: f64,
    /// Of the generator's core, by the generator.
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

    pub fn read(&self) -> Result<Busy> {
        let seconds = self.since.elapsed().as_secs_f64();
        Ok(Busy {
            server_core: (core_used(SERVER_CORE)? - self.server_core) / seconds,
            generator: (used("self")? - self.generator) / seconds,
        })
    }
}

/// What others make of our two cores, 0 to 1; to be asked while nothing of ours is at work.
pub async fn noise() -> Result<f64> {
    const LISTEN: Duration = Duration::from_millis(300);
    let used = || anyhow::Ok(core_used(SERVER_CORE)? + core_used(GENERATOR_CORE)?);
    let before = used()?;
    tokio::time::sleep(LISTEN).await;
    Ok((used()? - before) / LISTEN.as_secs_f64() / 2.0)
}

/// Holds a process that already runs, and its children, to the servers' core.
pub fn hold(pid: u32) -> Result<()> {
    for pid in family(pid)? {
        let status = Command::new("taskset")
            .args(["-a", "-c", "-p", SERVER_CORE, &pid])
            .stdout(Stdio::null())
            .status()?;
        anyhow::ensure!(status.success(), "taskset -p {pid}: {status}");
    }
    Ok(())
}

/// Seconds of processor time that a process and its children have used so far.
pub fn family_used(pid: u32) -> Result<f64> {
    // A child that has just ended took its time with it.
    Ok(family(pid)?.iter().filter_map(|pid| used(pid).ok()).sum())
}

/// A process and its children.
fn family(pid: u32) -> Result<Vec<String>> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    let children = children.split_whitespace().map(str::to_owned);
    Ok(children.chain([pid.to_string()]).collect())
}

fn used(pid: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may hold anything; what follows is numbers.
    let (_, numbers) = stat.rsplit_once(')').context("a name in brackets")?;
    ticks(numbers.split_whitespace().skip(11).take(2))
}

/// Everything but idling and waiting for a disk.
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
