//! A check that the engine is pure: its only dependency is the protocol.

use super::{File, Findings};

const MANIFEST: &str = "crates/engine/Cargo.toml";
const ALLOWED: &str = "deskbell-protocol";

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let Some(manifest) = files.iter().find(|file| file.path == MANIFEST) else {
        return;
    };
    let dependencies = manifest
        .text
        .lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    for line in dependencies {
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if !name.is_empty() && !name.starts_with('#') && name != ALLOWED {
            findings.fail(format!(
                "{MANIFEST}: {name}; the engine depends on {ALLOWED} only"
            ));
        }
    }
}
