//! Checks of Rust files: a module comment, a size limit, no `mod.rs`, no ignored tests, no sleeps in tests.

use super::{File, Findings};

const WARN_LINES: usize = 500;
const MOST_LINES: usize = 800;

pub(super) fn check(files: &[File], findings: &mut Findings) {
    for file in files {
        if file.path.ends_with(".rs") {
            check_rust(file, findings);
        }
        if file.path.ends_with(".ts") && file.text.contains("waitForTimeout") {
            findings.fail(format!(
                "{}: a test waits for a condition, not for a time (waitForTimeout)",
                file.path
            ));
        }
    }
}

fn check_rust(file: &File, findings: &mut Findings) {
    let path = &file.path;
    if !file.text.starts_with("//! ") {
        findings.fail(format!(
            "{path}: begins with a `//!` sentence that says what it is for"
        ));
    }
    if path.ends_with("/mod.rs") {
        findings.fail(format!("{path}: modules are x.rs + x/, never mod.rs"));
    }
    let lines = file.text.lines().count();
    if !is_test(path) && lines > MOST_LINES {
        findings.fail(format!(
            "{path}: {lines} lines, at most {MOST_LINES}; cut it into facets"
        ));
    } else if !is_test(path) && lines > WARN_LINES {
        findings.warn(format!(
            "{path}: {lines} lines; above {WARN_LINES} think of facets"
        ));
    }
    check_tests(file, findings);
}

fn check_tests(file: &File, findings: &mut Findings) {
    // Written in two halves, or this file would break its own rule.
    let (ignore, sleep) = (concat!("#[", "ignore"), concat!("sleep", "("));
    let mut in_tests = is_test(&file.path);
    for (index, line) in file.text.lines().enumerate() {
        let place = format!("{}:{}", file.path, index + 1);
        in_tests |= line.trim() == "#[cfg(test)]";
        if line.trim_start().starts_with(ignore) {
            findings.fail(format!(
                "{place}: a test runs or is deleted, it is not ignored"
            ));
        }
        if in_tests && line.contains(sleep) && !line.trim_start().starts_with("//") {
            findings.fail(format!(
                "{place}: a test waits for a condition, not for a time"
            ));
        }
    }
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}
