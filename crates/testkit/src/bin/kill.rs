//! `cargo xtask kill`: kills the server repeatedly while people chat, and checks that no text is
//! lost, duplicated or reordered.

#[path = "kill/options.rs"]
mod options;

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use clap::Parser;
use deskbell_testkit::kill::{self, DatabaseKind, Plan, Progress, Report};
use indicatif::{ProgressBar, ProgressStyle};
use options::Options;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<usize> {
    let database = match (options.database_url, options.postgres) {
        (Some(url), _) => DatabaseKind::Postgres(url),
        (None, is_wanted) if is_wanted || options.nodes > 1 => DatabaseKind::FailingPostgres,
        (None, _) => DatabaseKind::Sqlite,
    };
    let plan = Plan {
        binary: options.binary,
        other_binary: options.other_binary,
        database,
        nodes: options.nodes,
        times: options.times,
        longest_freeze: Duration::from_secs(options.longest_freeze),
        pause_every: options.pause_every,
        visitors: options.people,
        agents: options.agents,
        seed: options.seed.unwrap_or_else(any_seed),
    };
    eprintln!("▸ Seed {}", plan.seed);
    let bar = progress_bar(plan.times);
    let report = kill::run(&plan, |progress| show(&bar, progress)).await;
    bar.finish_and_clear();
    let report = report?;
    print(&plan, &report);
    Ok(report.violations.len())
}

fn show(bar: &ProgressBar, progress: &Progress) {
    bar.set_position(progress.kills.into());
    bar.set_message(format!(
        "{} messages, {} reconnects",
        progress.acknowledged, progress.reconnects
    ));
}

fn print(plan: &Plan, report: &Report) {
    let progress = &report.progress;
    println!("kills             {}", progress.kills);
    if plan.database == DatabaseKind::FailingPostgres {
        println!("Postgres crashes  {}", progress.postgres_crashes);
        println!("Postgres cut off  {}", progress.postgres_breaks);
        println!("failed starts     {}", report.failed_starts);
    }
    if plan.nodes > 1 {
        println!("NATS kills        {}", progress.nats_kills);
        println!("nodes frozen      {}", progress.freezes);
    }
    println!(
        "messages saved    {} in {} conversations, {} of them typed",
        report.messages, report.conversations, progress.acknowledged
    );
    println!("reconnects        {}", progress.reconnects);
    println!(
        "longest outage    {} ms from a kill until every client was live again",
        report.longest_outage.as_millis()
    );
    println!("violations        {}", report.violations.len());
    for violation in &report.violations {
        println!("  {violation}");
    }
    for folder in &report.saved_folders {
        println!("Data and log are in {}.", folder.display());
    }
    if !report.violations.is_empty() {
        println!("The seed was {}.", plan.seed);
    }
}

fn progress_bar(times: u32) -> ProgressBar {
    let style = "{wide_bar} {pos}/{len} kills, {msg}, {eta} to go";
    ProgressBar::new(times.into()).with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

fn any_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(1, |since| u64::from(since.subsec_micros()) + 1)
}
