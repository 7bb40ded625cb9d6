//! `cargo xtask bench`: measures Deskbell, its peers and the upper bound with the same load.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::step::{run as run_command, step};
use crate::{npm, paths, system, toolchain, web};

/// The servers use the first core, the generator the second.
const GENERATOR_CORE: &str = "1";

const SCENARIOS: [&str; 8] = [
    "throughput",
    "slow-disk",
    "latency",
    "fan-out",
    "idle",
    "storm",
    "start",
    "growth",
];
const SYSTEMS: [&str; 7] = [
    "deskbell-sqlite",
    "deskbell-postgres",
    "earlier-sqlite",
    "earlier-postgres",
    "peer-sqlite",
    "peer-postgres",
    "relay",
];

/// Options of the benchmark. A complete run is written to bench/RESULTS.md, a partial one to
/// target/bench/RESULTS.md.
#[derive(Args)]
pub(crate) struct Options {
    /// A tenth of the load, once: checks that everything runs
    #[arg(long)]
    quick: bool,
    /// Only this scenario; may be repeated
    #[arg(long, value_parser = SCENARIOS)]
    only: Vec<String>,
    /// Only this system; may be repeated
    #[arg(long, value_parser = SYSTEMS)]
    system: Vec<String>,
    /// The server of an earlier build, to compare with in the same run
    #[arg(long, value_name = "PATH")]
    earlier: Option<PathBuf>,
    /// How often everything is measured; the median counts [default: 3, with --quick 1]
    #[arg(long)]
    repeats: Option<u32>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if std::thread::available_parallelism()?.get() < 2 {
        bail!("two cores are needed: one for the servers, one for the load generator");
    }
    if ["taskset", "setpriv"]
        .iter()
        .any(|name| paths::find_program(name).is_none())
    {
        system::install("taskset or setpriv", &["util-linux"])?;
    }
    // The benchmark does not measure web files, so the server embeds the present content of target/web.
    web::ensure_folder()?;
    let mut deskbell = program("deskbell")?;
    let relay = program("deskbell-bench-relay")?;
    let load = program("deskbell-bench-load")?;
    let slow_fsync = paths::root("target/bench/slow_fsync.so");
    fs::create_dir_all(paths::root("target/bench"))?;
    if options.earlier.is_some() {
        deskbell = copy(&deskbell, "deskbell")?;
    }
    let mut compile = Command::new("cc");
    compile
        .args(["-O2", "-shared", "-fPIC", "-o"])
        .arg(&slow_fsync);
    run_command(compile.arg(paths::root("bench/shim/slow_fsync.c")))?;
    let peers = paths::root("bench/peers");
    npm::install(&peers)?;

    let out = paths::root(if options.is_whole() {
        "bench"
    } else {
        "target/bench"
    });
    let mut generator = Command::new("taskset");
    generator.args(["-c", GENERATOR_CORE]);
    generator.arg(load);
    let folders: [(&str, &Path); 5] = [
        ("--deskbell", &deskbell),
        ("--relay", &relay),
        ("--peers", &peers),
        ("--slow-fsync", &slow_fsync),
        ("--out", &out),
    ];
    for (name, path) in folders {
        generator.arg(name).arg(path);
    }
    if let Some(earlier) = &options.earlier {
        generator.arg("--earlier").arg(copy(earlier, "earlier")?);
    }
    generator.args(options.rest());
    run_command(generator.current_dir(paths::root("")))
}

/// Builds a program for release, each in a build of its own, because Cargo unifies the features of one build.
fn program(package: &str) -> Result<PathBuf> {
    step(&format!("Build {package} for release"), || {
        run_command(toolchain::cargo().args(["build", "--release", "--package", package]))
    })?;
    Ok(paths::root("target/release").join(package))
}

/// Copies a program into the folder of the benchmark. How many pages of a program are resident depends
/// on how its file came into the page cache: the same program took 2.7 MB more from a new file than from
/// one that was read from the disk. Two builds are comparable if both are copies.
fn copy(program: &Path, name: &str) -> Result<PathBuf> {
    let to = paths::root("target/bench").join(name);
    fs::copy(program, &to)?;
    Ok(to)
}

impl Options {
    /// Whether this is a complete run, whose results replace the published ones.
    fn is_whole(&self) -> bool {
        let often = self.repeats.is_none_or(|repeats| repeats >= 3);
        let is_all = self.only.is_empty() && self.system.is_empty() && self.earlier.is_none();
        !self.quick && is_all && often
    }

    /// The arguments of the generator.
    fn rest(&self) -> Vec<String> {
        let mut rest = Vec::new();
        if self.quick {
            rest.push("--quick".to_owned());
        }
        for (name, values) in [("--only", &self.only), ("--system", &self.system)] {
            for value in values {
                rest.extend([name.to_owned(), value.clone()]);
            }
        }
        if let Some(repeats) = self.repeats {
            rest.extend(["--repeats".to_owned(), repeats.to_string()]);
        }
        rest
    }
}
