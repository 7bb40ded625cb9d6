//! A child process guard: the process ends with the test that started it, also if that is killed.
//!
//! Dropping it kills it. A shell beside it holds a pipe to this process and kills it when the pipe
//! breaks, so that it ends also when the tests are killed.

use std::io::Result;
use std::process::{Child, ChildStderr, Command, Stdio};

/// Kills the process whose number it is given once standard input ends.
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

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it writes, if that was asked for.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// SIGKILL: it has no time to do anything about it.
    pub fn kill(&mut self) -> Result<()> {
        // The watchdog first: once the process is waited for, its number may be another's.
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

/// In a process group of its own, so that a Ctrl-C does not reach it before its work is done.
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
        let place = format!("/proc/{}", guarded.child.id());
        assert!(Path::new(&place).exists());
        drop(guarded);
        assert!(!Path::new(&place).exists());
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
