//! The sizes of downloads, and their budgets.

use anyhow::{Result, bail};

use crate::assets::{self, Output};

/// Files that are loaded together, and their budget in kilobytes (of 1000 bytes) of brotli.
struct Budget {
    name: &'static str,
    includes: fn(&str) -> bool,
    most_kb: f64,
}

const BUDGETS: [Budget; 5] = [
    // Files that every page of a website loads.
    Budget {
        name: "loader",
        includes: |file| file == assets::LOADER,
        most_kb: 3.5,
    },
    // Files that the loader requests when the visitor shows intent.
    Budget {
        name: "loader's panel",
        includes: |file| file == assets::PANEL,
        most_kb: 2.5,
    },
    // Files that a visitor with an open conversation loads on every page.
    Budget {
        name: "notifier",
        includes: |file| {
            file == assets::REPLIES
                || file == "basic.html"
                || (file.starts_with("assets/basic-") && !file.starts_with("assets/basic-form-"))
        },
        most_kb: 5.0,
    },
    Budget {
        name: "widget",
        includes: |file| file == "frame.html" || file.starts_with("assets/widget"),
        most_kb: 80.0,
    },
    Budget {
        name: "dashboard",
        includes: |file| file == "app.html" || file.starts_with("assets/dashboard"),
        most_kb: 500.0,
    },
];

/// Prints the weight of every file that a browser loads; an error if a budget is exceeded.
pub(crate) fn report(output: &Output) -> Result<()> {
    let mut exceeded = Vec::new();
    println!("{:<36} {:>12} {:>12}", "", "raw", "brotli");
    for budget in &BUDGETS {
        let (mut raw, mut packed) = (0, 0);
        for (name, content) in output.iter().filter(|(name, _)| (budget.includes)(name)) {
            let brotli = assets::brotli(content, true)?.len();
            println!("  {name:<34} {:>12} {:>12}", kb(content.len()), kb(brotli));
            raw += content.len();
            packed += brotli;
        }
        println!(
            "{:<36} {:>12} {:>12}   of {} KB",
            budget.name,
            kb(raw),
            kb(packed),
            budget.most_kb
        );
        if kilobytes(packed) > budget.most_kb {
            exceeded.push(format!(
                "{} weighs {}, its budget is {} KB",
                budget.name,
                kb(packed),
                budget.most_kb
            ));
        }
    }
    if !exceeded.is_empty() {
        bail!("too heavy: {}", exceeded.join("; "));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files")]
fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}

fn kb(bytes: usize) -> String {
    format!("{:.2} KB", kilobytes(bytes))
}
