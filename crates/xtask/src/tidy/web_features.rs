//! The programs of the browser request features of web-sys in the workspace's manifest only.
//!
//! Each set of features makes cargo compile web-sys, and all crates that depend on it, once more.

use super::{File, Findings};

const WORKSPACE: &str = "Cargo.toml";

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let members = files
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"));
    for file in members {
        let mut lines = file.text.lines();
        if lines.any(|line| line.starts_with("web-sys =") && line.contains("features")) {
            findings.fail(format!(
                "{}: features of web-sys are listed in the workspace's {WORKSPACE}",
                file.path
            ));
        }
    }
}
