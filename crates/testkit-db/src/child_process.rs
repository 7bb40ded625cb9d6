//! A child process guard: the process ends with the test that started it, even if the test is
//! killed.
//!
//! Dropping the guard kills the process. A watchdog shell reads a pipe from this process and kills
//! the child when the pipe breaks.

use std::io::Result;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// Kills the process with the given id once standard input ends.
const WATCHDOG: &str = r#"cat > /dev/null; kill -9 "$1""#;

pub struct ChildGuard {
    child: Child,
    watchdog: Child,
}

impl ChildGuard {
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command.spawn()?;
        match watch(&child) {
            Ok(watchdog) => Ok(Self { child, watchdog }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Takes the standard error stream, if it is piped.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Whether the process has ended by itself.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits until the process has ended by itself.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait()
    }

    /// Freezes the process (SIGSTOP) until [`resume`](Self::resume): it keeps its connections and its locks.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Resumes the process (SIGCONT).
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Kills the process with SIGKILL, which it cannot handle.
    pub fn kill(&mut self) -> Result<()> {
        // The watchdog is killed first: once the process is waited for, its id may be reused.
        self.watchdog.kill()?;
        self.watchdog.wait()?;
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for ChildGuard {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.kill();
    }
}

/// Starts the watchdog in its own process group, so that Ctrl-C does not end it early.
fn watch(child: &Child) -> Result<Child> {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", WATCHDOG, "watchdog"])
        .arg(child.id().to_string());
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    shell
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::path::Path;

    use super::*;

    fn sleeper() -> ChildGuard {
        ChildGuard::spawn(Command::new("sleep").arg("600")).unwrap()
    }

    #[test]
    fn the_process_ends_when_its_guard_is_dropped() {
        let guarded = sleeper();
        let path = format!("/proc/{}", guarded.child.id());
        assert!(Path::new(&path).exists());
        drop(guarded);
        assert!(!Path::new(&path).exists());
    }

    #[test]
    fn the_process_ends_when_the_owner_of_its_pipe_ends() {
        let mut guarded = sleeper();
        assert!(!guarded.has_ended().unwrap());
        drop(guarded.watchdog.stdin.take());
        let status = guarded.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9));
    }
}
