//! `cargo xtask tidy`: rules of this repository that no other tool checks.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{fingerprint, paths};

mod classes;
mod cycles;
mod decisions;
mod engine;
mod layers;
mod protocol;
mod rust;
mod web_features;
mod words;

/// A text file of the repository, with its path from the root.
pub(crate) struct File {
    path: String,
    text: String,
}

/// The findings: warnings are printed, problems fail.
#[derive(Default)]
pub(crate) struct Findings {
    warnings: Vec<String>,
    problems: Vec<String>,
}

impl Findings {
    fn warn(&mut self, what: String) {
        self.warnings.push(what);
    }

    fn fail(&mut self, what: String) {
        self.problems.push(what);
    }
}

pub(crate) fn run() -> Result<()> {
    let files = read_files()?;
    let mut findings = Findings::default();
    rust::check(&files, &mut findings);
    engine::check(&files, &mut findings);
    layers::check(&files, &mut findings);
    cycles::check(&files, &mut findings);
    classes::check(&files, &mut findings);
    decisions::check(&files, &mut findings);
    protocol::check(&files, &mut findings);
    web_features::check(&files, &mut findings);
    words::check(&files, &mut findings);
    for warning in &findings.warnings {
        eprintln!("warning: {warning}");
    }
    for problem in &findings.problems {
        eprintln!("error: {problem}");
    }
    match findings.problems.len() {
        0 => {
            eprintln!("▸ {} files are tidy", files.len());
            Ok(())
        }
        1 => bail!("one rule is broken"),
        count => bail!("{count} rules are broken"),
    }
}

fn read_files() -> Result<Vec<File>> {
    let root = paths::root("");
    let mut files = Vec::new();
    for path in fingerprint::files(&root)? {
        if !is_text(&path) {
            continue;
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        files.push(File {
            path: path
                .strip_prefix(&root)?
                .to_string_lossy()
                .replace('\\', "/"),
            text,
        });
    }
    Ok(files)
}

fn is_text(path: &Path) -> bool {
    let known = ["rs", "css", "html", "md", "toml", "ts", "js"];
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| known.contains(&extension))
}
