//! A layer that runs beside the others: a process of its own, whose output is printed when it has ended.
//!
//! The optimising build of the browser's programs uses one processor for most of its time, and the
//! native builds have a target folder of their own, so that the two share a machine well.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::paths;

/// A running layer. Dropping it kills its process, not the compilers that this has started.
pub(super) struct BackgroundLayer {
    name: &'static str,
    child: Child,
    output: PathBuf,
    start: Instant,
}

impl BackgroundLayer {
    /// Starts `cargo xtask test NAME` with its output in a file.
    pub(super) fn start(name: &'static str) -> Result<Self> {
        let folder = paths::root("target");
        fs::create_dir_all(&folder).context("the target folder cannot be created")?;
        let output = folder.join(format!("test-{name}.log"));
        let file = File::create(&output).context("the output file cannot be created")?;
        let child = Command::new(std::env::current_exe()?)
            .args(["test", name])
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .context("the layer cannot be started")?;
        let start = Instant::now();
        eprintln!(
            "▸ Layer {name} runs in the background: {}",
            output.display()
        );
        Ok(Self {
            name,
            child,
            output,
            start,
        })
    }

    /// Waits for the end, prints the output, and returns how long the layer ran.
    pub(super) fn finish(mut self) -> (Result<()>, Duration) {
        let status = self.child.wait();
        let time = self.start.elapsed();
        if let Ok(output) = fs::read(&self.output) {
            eprint!("{}", String::from_utf8_lossy(&output));
        }
        let result = match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(anyhow!("layer {} failed ({status})", self.name)),
            Err(error) => Err(error).context("the layer cannot be waited for"),
        };
        (result, time)
    }
}

impl Drop for BackgroundLayer {
    fn drop(&mut self) {
        // It has ended, unless an error came before.
        let _ = self.child.kill();
    }
}
