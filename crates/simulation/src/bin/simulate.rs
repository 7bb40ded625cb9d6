//! `cargo xtask simulate`: runs random plans in simulated time, and saves those that fail.

#[path = "simulate/options.rs"]
mod options;

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use deskbell_simulation::{Outcome, Plan, run, shrink};
use indicatif::{ProgressBar, ProgressStyle};
use options::Options;

fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match &options.plan {
        Some(file) => replay(file),
        None => run_many(&options),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn replay(file: &Path) -> Result<bool> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let plan =
        serde_json::from_str(&text).with_context(|| format!("{} is not a plan", file.display()))?;
    let outcome = run(&plan, None)?;
    print!("{}", outcome.trace.text());
    println!("violations        {}", outcome.violations.len());
    for violation in &outcome.violations {
        println!("  {violation}");
    }
    Ok(outcome.violations.is_empty())
}

/// The totals of all plans.
#[derive(Default)]
struct Totals {
    plans: u64,
    /// Number of lines in all traces.
    lines: usize,
    failed: Vec<(Plan, Outcome)>,
}

fn run_many(options: &Options) -> Result<bool> {
    let started_at = Instant::now();
    let bar = progress_bar(options.plans);
    let totals = run_all(options, &bar);
    bar.finish_and_clear();
    let totals = totals?;
    for (plan, outcome) in &totals.failed {
        save(plan, outcome)?;
    }
    println!("plans             {}", totals.plans);
    println!("trace lines       {}", totals.lines);
    println!("violations        {} plans", totals.failed.len());
    println!(
        "time              {:.1} s",
        started_at.elapsed().as_secs_f64()
    );
    Ok(totals.failed.is_empty())
}

/// Runs until all plans have run, or enough have failed.
fn run_all(options: &Options, bar: &ProgressBar) -> Result<Totals> {
    let threads = options
        .threads
        .or_else(|| thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1);
    let next = AtomicU64::new(options.seed);
    let end = options.seed.saturating_add(options.plans);
    let (done, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let done = done.clone();
            let next = &next;
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let plan = Plan::from_seed(seed);
                    let outcome = run(&plan, None);
                    if done.send((plan, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let mut totals = Totals::default();
        for (plan, outcome) in outcomes {
            let outcome = outcome.with_context(|| format!("plan {} cannot be run", plan.seed))?;
            totals.plans += 1;
            totals.lines += outcome.trace.lines();
            bar.set_position(totals.plans);
            if !outcome.violations.is_empty() {
                bar.suspend(|| eprintln!("✗ seed {}: {}", plan.seed, outcome.violations[0]));
                totals.failed.push((plan, outcome));
                if totals.failed.len() >= options.failures {
                    next.store(end, Ordering::Relaxed);
                }
            }
        }
        Ok(totals)
    })
}

/// Saves a failed plan, shrunk, and its trace.
fn save(plan: &Plan, outcome: &Outcome) -> Result<()> {
    let folder = Path::new("target/simulation");
    std::fs::create_dir_all(folder)?;
    eprintln!("▸ Make plan {} smaller", plan.seed);
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut last = outcome.clone();
    let smallest = shrink(plan, |smaller| {
        if Instant::now() > deadline {
            return false;
        }
        match run(smaller, None) {
            Ok(outcome) if !outcome.violations.is_empty() => {
                last = outcome;
                true
            }
            _ => false,
        }
    });
    let file = folder.join(format!("{}.json", plan.seed));
    std::fs::write(&file, serde_json::to_string_pretty(&smallest)?)?;
    let violations = last.violations.join("\n");
    let trace = format!("{}\n{violations}\n", last.trace.text());
    std::fs::write(file.with_extension("txt"), trace)?;
    println!(
        "plan {} fails with {} steps:",
        plan.seed,
        smallest.steps.len()
    );
    for violation in &last.violations {
        println!("  {violation}");
    }
    println!("  cargo xtask simulate --plan {}", file.display());
    Ok(())
}

fn progress_bar(plans: u64) -> ProgressBar {
    let style = "{wide_bar} {pos}/{len} plans, {per_sec}, {eta} to go";
    ProgressBar::new(plans).with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}
