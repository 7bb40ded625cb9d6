//! A server in its own process: for tests of its log, its exit code, its open files and its memory.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_testkit::child_process::ChildGuard;

/// The timeout of all waiting.
const TIMEOUT: Duration = Duration::from_secs(20);
/// A free port of this machine.
pub(crate) const LOCAL: &str = "127.0.0.1:0";

/// A running server and its log.
pub(crate) struct Process {
    child: ChildGuard,
    lines: Receiver<String>,
    /// Every line of the log that was read.
    pub(crate) log: Vec<String>,
    pub(crate) address: String,
}

/// The command that starts a server on a free port, with a limit of open files if one is given.
fn command(listen: &str, data: &Path, arguments: &[&str], files: Option<&str>) -> Command {
    let mut command = Command::new("sh");
    let ulimit = files.map_or_else(String::new, |files| format!("ulimit {files}; "));
    let script = format!("{ulimit}exec \"$0\" \"$@\"");
    command
        .args(["-c", &script, env!("CARGO_BIN_EXE_deskbell")])
        .args(["serve", "--listen", listen, "--bcrypt-cost", "4"])
        .arg("--data")
        .arg(data)
        .args(arguments);
    command
}

/// Starts a server that fails to start; returns its output and its exit code.
pub(crate) fn fail(data: &Path, arguments: &[&str]) -> Result<Output> {
    let output = run_to_end(command(LOCAL, data, arguments, None))?;
    anyhow::ensure!(!output.status.success(), "it starts");
    Ok(output)
}

/// Runs a program that ends by itself; returns its exit code and its standard error. After a timeout it is
/// killed, and the test fails.
pub(crate) fn run_to_end(mut command: Command) -> Result<Output> {
    command.stderr(Stdio::piped()).stdout(Stdio::null());
    let mut child = ChildGuard::spawn(&mut command)?;
    let mut pipe = child.take_stderr().context("a pipe")?;
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut stderr = Vec::new();
        let read = pipe.read_to_end(&mut stderr);
        // The receiver is gone after the timeout.
        let _ = sender.send(read.map(|_| stderr));
    });
    let ended = receiver.recv_timeout(TIMEOUT);
    let stderr = ended.context("the program does not end")??;
    Ok(Output {
        status: child.wait()?,
        stdout: Vec::new(),
        stderr,
    })
}

impl Process {
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Result<Self> {
        Self::with_files(data, arguments, None)
    }

    /// Starts a server that listens on this address.
    pub(crate) fn start_on(listen: &str, data: &Path) -> Result<Self> {
        Self::run(command(listen, data, &[], None))
    }

    /// Starts a server under `ulimit FILES`, as in `-n 256`.
    pub(crate) fn with_files(data: &Path, arguments: &[&str], files: Option<&str>) -> Result<Self> {
        Self::run(command(LOCAL, data, arguments, files))
    }

    fn run(mut command: Command) -> Result<Self> {
        command.stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = ChildGuard::spawn(&mut command)?;
        let mut stderr = BufReader::new(child.take_stderr().context("a pipe")?);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while stderr
                .read_until(b'\n', &mut line)
                .is_ok_and(|count| count > 0)
            {
                let text = String::from_utf8_lossy(&line);
                // The pipe is drained even if the lines are not read.
                let _ = sender.send(text.trim_end_matches('\n').to_owned());
                line.clear();
            }
            let _ = stderr.read(&mut [0]);
        });
        let mut process = Self {
            child,
            lines,
            log: Vec::new(),
            address: String::new(),
        };
        let line = process.line_with("listening address=")?;
        let (_, address) = line
            .split_once("listening address=")
            .context("it listens")?;
        address.trim().clone_into(&mut process.address);
        Ok(process)
    }

    /// Waits for a line of the log that contains `text`.
    pub(crate) fn line_with(&mut self, text: &str) -> Result<String> {
        if let Some(line) = self.log.iter().find(|line| line.contains(text)) {
            return Ok(line.clone());
        }
        loop {
            let line = self.lines.recv_timeout(TIMEOUT);
            let line = line.with_context(|| format!("no {text:?} in {:#?}", self.log))?;
            self.log.push(line.clone());
            if line.contains(text) {
                return Ok(line);
            }
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}
