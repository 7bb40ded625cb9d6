//! A check of decision records: each has at most 60 lines.

use super::{File, Findings};

const MOST_LINES: usize = 60;

pub(super) fn check(files: &[File], findings: &mut Findings) {
    for file in files
        .iter()
        .filter(|file| file.path.starts_with("docs/decisions/"))
    {
        let lines = file.text.lines().count();
        if lines > MOST_LINES {
            findings.fail(format!(
                "{}: {lines} lines, at most {MOST_LINES}",
                file.path
            ));
        }
    }
}
