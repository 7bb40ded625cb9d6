//! Random plans run without a violation, plans that failed once pass, and injected flaws are
//! detected.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use std::path::Path;
use std::thread;

use deskbell_simulation::{Flaw, Plan, Restart, Step, StepKind, run};

/// The number of plans of this test; `cargo xtask simulate` runs more.
const PLANS: u64 = 1_000;
/// Each flaw must be detected within this many plans.
const MAX_PLANS_PER_FLAW: u64 = 200;

#[test]
fn all_views_match_the_database_after_any_faults() {
    thread::scope(|scope| {
        for first in 0..2 {
            scope.spawn(move || {
                for seed in (first..PLANS).step_by(2) {
                    assert_passes(&Plan::from_seed(seed), &format!("seed {seed}"));
                }
            });
        }
    });
}

#[test]
fn plans_that_failed_before_succeed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let plan = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_passes(&plan, &path.display().to_string());
    }
}

#[test]
fn a_plan_is_deterministic() {
    // The order in which sessions are notified that their server stops is random in tokio.
    let is_stop = |step: &Step| {
        let kind = step.kind;
        matches!(kind, StepKind::Restart { how, .. } if how == Restart::Stop)
    };
    let plans = (0..100).map(Plan::from_seed);
    for plan in plans.filter(|plan| !plan.steps.iter().any(is_stop)) {
        let (one, other) = (run(&plan, None).unwrap(), run(&plan, None).unwrap());
        assert_eq!(one.trace.text(), other.trace.text(), "seed {}", plan.seed);
    }
}

#[test]
fn a_build_that_saves_a_repeated_text_again_is_detected() {
    assert_detected(Flaw::SaveTwice);
}

#[test]
fn a_build_that_skips_a_sequence_number_is_detected() {
    assert_detected(Flaw::SkipSeq);
}

#[test]
fn a_build_that_publishes_before_the_commit_is_detected() {
    assert_detected(Flaw::PublishBeforeCommit);
}

#[test]
fn a_build_that_repeats_events_is_detected() {
    assert_detected(Flaw::IgnoreCursor);
}

#[test]
fn a_build_that_leaves_gaps_is_detected() {
    assert_detected(Flaw::LeaveGap);
}

#[test]
fn a_build_that_shows_visitors_foreign_conversations_is_detected() {
    assert_detected(Flaw::ReadForeign);
}

fn assert_passes(plan: &Plan, name: &str) {
    let outcome = run(plan, None).expect("a plan runs to its end");
    let trace = outcome.trace.text();
    assert!(
        outcome.violations.is_empty(),
        "{trace}\n{name}: {:#?}",
        outcome.violations
    );
}

fn assert_detected(flaw: Flaw) {
    let is_detected = |seed| {
        let outcome = run(&Plan::from_seed(seed), Some(flaw)).expect("a plan runs to its end");
        let violations = outcome.violations;
        if let Some(first) = violations.first() {
            println!("{flaw:?} is detected by plan {seed}: {first}");
        }
        !violations.is_empty()
    };
    assert!(
        (0..MAX_PLANS_PER_FLAW).any(is_detected),
        "{flaw:?} is not detected"
    );
}
