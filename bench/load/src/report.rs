//! RESULTS.md, for people, and results.json, for programs.

use std::fmt::Write;
use std::fs;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use crate::Options;
use crate::machine::Machine;
use crate::samples::{Samples, Series};
use crate::scenarios::Load;
use crate::system::System;

/// The measurements with a target. Each has its own table; all others share one.
const HEADLINES: [(&str, &str); 11] = [
    ("throughput: saved and delivered", "higher is better"),
    ("slow disk: saved and delivered", "higher is better"),
    ("latency, median", "lower is better"),
    ("latency, 99th percentile", "lower is better"),
    ("latency, 99.9th percentile", "lower is better"),
    ("fan-out: delivered to agents", "higher is better"),
    ("memory per idle socket", "lower is better"),
    ("connection storm", "lower is better"),
    ("start-up until the first response", "lower is better"),
    ("resident memory of an idle server", "lower is better"),
    ("anonymous memory of an idle server", "lower is better"),
];

/// One line of results.json. The unit of a ratio is its base.
#[derive(Serialize)]
struct Entry<'a> {
    what: &'a str,
    system: &'static str,
    value: f64,
    unit: String,
}

/// Remarks beside the numbers.
#[derive(Default)]
pub struct Remarks {
    pub failures: Vec<String>,
    /// The load of other processes before each run.
    pub noise: Vec<f64>,
}

impl Remarks {
    /// The median and the highest.
    fn noise(&self) -> Option<(f64, f64)> {
        let mut sorted = self.noise.clone();
        sorted.sort_by(f64::total_cmp);
        Some((*sorted.get(sorted.len() / 2)?, *sorted.last()?))
    }
}

/// Writes both files; returns the text of the first.
pub fn write(
    options: &Options,
    load: &Load,
    samples: &Samples,
    remarks: &Remarks,
) -> Result<String> {
    fs::create_dir_all(&options.out)?;
    let json = serde_json::to_string_pretty(&entries(samples))?;
    fs::write(options.out.join("results.json"), json + "\n")?;
    let markdown = markdown(options, load, samples, remarks)?;
    fs::write(options.out.join("RESULTS.md"), &markdown)?;
    Ok(markdown)
}

fn entries(samples: &Samples) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    for series in samples.all() {
        let entry = |value, unit| Entry {
            what: &series.what,
            system: series.system.name(),
            value: three_places(value),
            unit,
        };
        entries.push(entry(series.median(), series.unit.to_owned()));
        if !is_headline(&series.what) {
            continue;
        }
        let others = [
            Some(series.system.peer()),
            Some(System::Bound),
            series.system.earlier(),
        ];
        for other in others
            .into_iter()
            .flatten()
            .filter(|other| *other != series.system)
        {
            if let Some(ratio) = ratio(samples, series, other) {
                entries.push(entry(ratio, format!("× {}", other.name())));
            }
        }
    }
    entries
}

fn markdown(
    options: &Options,
    load: &Load,
    samples: &Samples,
    remarks: &Remarks,
) -> Result<String> {
    let mut text = String::from("# Results\n\nWritten by `");
    text.push_str(&command(options));
    text.push_str("`. [README.md](README.md) describes the measurements.\n\n");
    text.push_str(&Machine::read(&options.programs.peers)?.to_markdown());
    writeln!(
        text,
        "\nThe server (and Postgres) runs on one core, the load generator on another. Load: {} pairs, {} messages \
         in flight in each; {} agents in the fan-out; {} s measured after a warm-up of {} s. Values are medians, \
         with the lowest and the highest value in brackets.",
        load.pairs,
        load.in_flight,
        load.agents,
        load.window.as_secs_f64(),
        load.warm_up.as_secs_f64(),
    )?;
    if let Some((median, highest)) = remarks.noise() {
        writeln!(
            text,
            "CPU use of other processes on the two cores before each run: {:.1} % (median), \
             {:.1} % (highest).",
            100.0 * median,
            100.0 * highest,
        )?;
    }
    for (what, better) in HEADLINES {
        headline(&mut text, samples, what, better)?;
    }
    other_numbers(&mut text, samples)?;
    if !remarks.failures.is_empty() {
        text.push_str("\n## Failures\n\n");
        for failure in &remarks.failures {
            writeln!(text, "- {failure}")?;
        }
    }
    Ok(text)
}

fn command(options: &Options) -> String {
    let mut command = "cargo xtask bench".to_owned();
    if options.quick {
        command.push_str(" --quick");
    }
    for scenario in &options.only {
        command.push_str(&flag("--only", scenario));
    }
    for system in &options.system {
        command.push_str(&flag("--system", system));
    }
    if let Some(repeats) = options.repeats {
        command.push_str(&format!(" --repeats {repeats}"));
    }
    if options.programs.earlier.is_some() {
        command.push_str(" --earlier PATH");
    }
    command
}

fn flag(name: &str, value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| format!(" {name} {}", value.get_name()))
}

fn headline(text: &mut String, samples: &Samples, what: &str, better: &str) -> Result<()> {
    let systems: Vec<&Series> = System::ALL
        .iter()
        .filter_map(|system| samples.find(what, *system))
        .collect();
    let Some(first) = systems.first() else {
        return Ok(());
    };
    writeln!(
        text,
        "\n## {} ({}; {better})\n",
        capitalised(what),
        first.unit
    )?;
    writeln!(
        text,
        "| System | median | relative to its peer | relative to the relay | relative to the earlier build |"
    )?;
    writeln!(text, "|---|---|---|---|---|")?;
    for series in &systems {
        let (lowest, highest) = series.range();
        let times = |other: Option<System>| {
            other
                .filter(|other| *other != series.system)
                .and_then(|other| ratio(samples, series, other))
                .map_or_else(|| "–".to_owned(), |ratio| format!("{} ×", number(ratio)))
        };
        writeln!(
            text,
            "| {} | {} ({} – {}) | {} | {} | {} |",
            series.system.name(),
            number(series.median()),
            number(lowest),
            number(highest),
            times(Some(series.system.peer())),
            times(Some(System::Bound)),
            times(series.system.earlier()),
        )?;
    }
    Ok(())
}

/// All other numbers: a row each, a column for each system.
fn other_numbers(text: &mut String, samples: &Samples) -> Result<()> {
    let numbers = samples.numbers();
    let mut numbers = numbers
        .iter()
        .filter(|(what, _)| !is_headline(what))
        .peekable();
    if numbers.peek().is_none() {
        return Ok(());
    }
    text.push_str("\n## Further numbers\n\n| |");
    for system in System::ALL {
        write!(text, " {} |", system.name())?;
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(System::ALL.len()));
    text.push('\n');
    for (what, unit) in numbers {
        write!(text, "| {what}, {unit} |")?;
        for system in System::ALL {
            let value = samples.find(what, system).map(Series::median);
            write!(text, " {} |", value.map_or_else(|| "–".to_owned(), number))?;
        }
        text.push('\n');
    }
    Ok(())
}

fn ratio(samples: &Samples, series: &Series, other: System) -> Option<f64> {
    let other = samples.find(&series.what, other)?.median();
    (other > 0.0).then(|| series.median() / other)
}

fn is_headline(what: &str) -> bool {
    HEADLINES.iter().any(|(headline, _)| *headline == what)
}

/// A number with three significant digits and thousands separators.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        ..1.0 => format!("{value:.3}"),
        1.0..10.0 => format!("{value:.2}"),
        10.0..1000.0 => format!("{value:.1}"),
        _ => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
    }
}

fn three_places(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}
