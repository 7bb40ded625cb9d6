//! A test runner for libtest programs: builds them with cargo, runs several at the same time, and
//! prints what failed and the slowest tests.
//!
//! `cargo test` runs one program after the other, so that the last test of each is waited for on an
//! idle machine. A program's output is printed when it has failed; otherwise one line says how many
//! tests passed.

use std::collections::VecDeque;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::step::seconds;

/// How many of the slowest tests are printed.
const SLOWEST: usize = 10;

/// A compiled test program.
pub(super) struct TestProgram {
    path: PathBuf,
    /// The folder of its package, in which cargo would run it.
    folder: PathBuf,
    /// Package and target, for people.
    name: String,
}

/// What a test program printed, and whether it passed.
#[derive(Default)]
struct Outcome {
    passed: usize,
    failed: usize,
    times: Vec<(Duration, String)>,
}

/// The fields of cargo's JSON messages that the runner uses.
#[derive(Deserialize)]
struct Artifact {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Runs a build of Cargo, and returns the test programs in it.
pub(super) fn build(cargo: &mut Command) -> Result<Vec<TestProgram>> {
    let output = cargo
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be run")?;
    if !output.status.success() {
        bail!("the tests cannot be built");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(test_program).collect())
}

fn test_program(line: &str) -> Option<TestProgram> {
    let artifact: Artifact = serde_json::from_str(line).ok()?;
    if artifact.reason != "compiler-artifact" || !artifact.profile?.test {
        return None;
    }
    let folder = artifact.manifest_path?.parent()?.to_owned();
    let package = folder.file_name()?.to_string_lossy().into_owned();
    Some(TestProgram {
        path: artifact.executable?,
        name: format!("{package}: {}", artifact.target?.name),
        folder,
    })
}

/// Runs the programs, as many at a time as there are processors. An error if a test failed.
pub(super) fn run_all(programs: &[TestProgram], rest: &[String]) -> Result<()> {
    let mut order: Vec<&TestProgram> = programs.iter().collect();
    // The largest first: they have the most tests, and nothing should wait for them at the end.
    order.sort_by_key(|program| std::cmp::Reverse(size(&program.path)));
    let queue = Mutex::new(VecDeque::from(order));
    let outcomes = Mutex::new(Vec::new());
    let workers = thread::available_parallelism()
        .map_or(2, NonZero::get)
        .max(2);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(program) = next(&queue) {
                    let outcome = run(program, rest);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push(outcome);
                    }
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_default();
    if outcomes.len() != programs.len() {
        bail!("the test runner itself failed");
    }
    let mut sum = Outcome::default();
    for outcome in outcomes {
        let outcome = outcome?;
        sum.passed += outcome.passed;
        sum.failed += outcome.failed;
        sum.times.extend(outcome.times);
    }
    print_slowest(sum.times);
    eprintln!("  {} tests passed, {} failed", sum.passed, sum.failed);
    if sum.failed > 0 {
        bail!("{} Rust tests failed", sum.failed);
    }
    Ok(())
}

fn next<'a>(queue: &Mutex<VecDeque<&'a TestProgram>>) -> Option<&'a TestProgram> {
    queue.lock().ok()?.pop_front()
}

/// Runs one program to its end and prints how it went.
fn run(program: &TestProgram, rest: &[String]) -> Result<Outcome> {
    let start = Instant::now();
    let output = Command::new(&program.path)
        .current_dir(&program.folder)
        .env("CARGO_MANIFEST_DIR", &program.folder)
        // The stable compiler's test harness reports the time of each test only with RUSTC_BOOTSTRAP.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["-Z", "unstable-options", "--report-time"])
        .args(rest)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} cannot be run", program.path.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut outcome = read(&text);
    let time = seconds(start.elapsed());
    if output.status.success() {
        eprintln!("  {}: {} passed in {time}", program.name, outcome.passed);
    } else {
        // One write, so that the output of programs that run at the same time is not mixed.
        let errors = String::from_utf8_lossy(&output.stderr);
        eprintln!("  {}: FAILED in {time}\n{text}{errors}", program.name);
        // A program may also end before it can say which test failed.
        outcome.failed = outcome.failed.max(1);
    }
    Ok(outcome)
}

/// Reads `test NAME ... ok <0.123s>` and `test result: ok. 12 passed; 0 failed; …`.
fn read(output: &str) -> Outcome {
    let mut outcome = Outcome::default();
    for line in output.lines() {
        if let Some(result) = line.strip_prefix("test result: ") {
            outcome.passed += count(result, "passed");
            outcome.failed += count(result, "failed");
        } else if let Some((name, time)) = timed(line) {
            outcome.times.push((time, name.to_owned()));
        }
    }
    outcome
}

fn count(result: &str, what: &str) -> usize {
    let parts = result.split([';', '.']).map(str::trim);
    parts
        .filter_map(|part| part.strip_suffix(what)?.trim().parse::<usize>().ok())
        .sum()
}

fn timed(line: &str) -> Option<(&str, Duration)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let (_, time) = rest.strip_suffix("s>")?.split_once('<')?;
    Some((name, Duration::try_from_secs_f64(time.parse().ok()?).ok()?))
}

fn print_slowest(mut times: Vec<(Duration, String)>) {
    times.sort();
    if times.len() > SLOWEST {
        eprintln!("  The slowest tests:");
        for (time, name) in times.iter().rev().take(SLOWEST) {
            eprintln!("    {:>7}  {name}", seconds(*time));
        }
    }
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "running 3 tests\n\
        test chat::vera_asks ... ok <0.250s>\n\
        test chat::ada_answers ... FAILED <1.500s>\n\
        test chat::nothing_panics - should panic ... ok <0.001s>\n\n\
        test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.52s\n";

    #[test]
    fn results_are_counted() {
        let outcome = read(OUTPUT);
        assert_eq!((outcome.passed, outcome.failed), (2, 1));
    }

    #[test]
    fn the_time_of_each_test_is_read() {
        let mut times = read(OUTPUT).times;
        times.sort();
        let slowest = times.last().unwrap();
        assert_eq!(slowest.0, Duration::from_millis(1500));
        assert_eq!(slowest.1, "chat::ada_answers");
        assert_eq!(times.len(), 3);
    }

    #[test]
    fn only_test_programs_are_read_from_cargos_messages() {
        let test = r#"{"reason":"compiler-artifact","manifest_path":"/north/crates/hub/Cargo.toml","target":{"name":"nodes"},"profile":{"test":true},"executable":"/north/target/debug/deps/nodes-1"}"#;
        let program = test_program(test).unwrap();
        assert_eq!(program.name, "hub: nodes");
        assert_eq!(program.folder, Path::new("/north/crates/hub"));
        let library = test.replace("true", "false");
        assert!(test_program(&library).is_none());
        assert!(test_program(r#"{"reason":"build-finished","success":true}"#).is_none());
    }
}
