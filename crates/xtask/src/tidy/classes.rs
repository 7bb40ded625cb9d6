//! Class names: each that is styled is used, each that is used is styled.
//!
//! A heuristic over text. What counts as use is any word of a string or an attribute in the program's
//! Rust, HTML or JavaScript; a word that ends where a `{` begins (`state--{name}`) stands for all names
//! it begins. What must be styled is what stands literally in `class="…"` or `class:name`.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, Findings};

/// A program with a stylesheet of its own.
struct Program {
    styles: &'static str,
    sources: &'static [&'static str],
}

const PROGRAMS: [Program; 3] = [
    Program {
        styles: "widget/style/",
        sources: &["widget/src/", "widget/index.html", "widget/basic/"],
    },
    Program {
        styles: "dashboard/style/",
        sources: &["dashboard/src/", "dashboard/index.html"],
    },
    Program {
        styles: "crates/server/style/",
        sources: &["crates/server/src/pages"],
    },
];

pub(super) fn check(files: &[File], findings: &mut Findings) {
    for program in &PROGRAMS {
        let sources: Vec<&File> = files
            .iter()
            .filter(|file| {
                program
                    .sources
                    .iter()
                    .any(|source| file.path.starts_with(source))
            })
            .collect();
        let mut styled = BTreeMap::new();
        for file in files
            .iter()
            .filter(|file| file.path.starts_with(program.styles))
        {
            for name in styled_classes(&file.text) {
                styled.entry(name).or_insert(&file.path);
            }
        }
        if styled.is_empty() || sources.is_empty() {
            continue;
        }
        let words: BTreeSet<&str> = sources.iter().flat_map(|file| words(&file.text)).collect();
        let stems: Vec<&str> = sources.iter().flat_map(|file| stems(&file.text)).collect();
        for (name, path) in &styled {
            if !words.contains(name) && !stems.iter().any(|stem| name.starts_with(stem)) {
                findings.fail(format!("{path}: .{name} is styled and nowhere used"));
            }
        }
        for file in &sources {
            for name in used_classes(&file.text) {
                if !styled.contains_key(name) {
                    findings.warn(format!(
                        "{}: class {name} is used and nowhere styled",
                        file.path
                    ));
                }
            }
        }
    }
}

/// Names after a dot in selectors; comments, strings and declarations hold none that begin with a letter.
fn styled_classes(css: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut in_comment = false;
    for line in css.lines() {
        let mut code = line;
        if in_comment || code.trim_start().starts_with("/*") {
            in_comment = !code.contains("*/");
            code = code.split_once("*/").map_or("", |(_, rest)| rest);
        }
        if code.trim_start().starts_with('@') {
            continue;
        }
        let selector = if code.trim_end().ends_with(';') {
            ""
        } else {
            code
        };
        for part in selector
            .split('{')
            .next()
            .unwrap_or_default()
            .split('.')
            .skip(1)
        {
            let end = part
                .find(|letter: char| !is_name(letter))
                .unwrap_or(part.len());
            if part.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
                names.push(&part[..end]);
            }
        }
    }
    names
}

fn words(source: &str) -> impl Iterator<Item = &str> {
    source
        .split(|letter: char| !is_name(letter))
        .filter(|word| !word.is_empty())
}

/// `state--` out of `format!("state--{name}")`.
fn stems(source: &str) -> Vec<&str> {
    let pieces: Vec<&str> = source.split('{').collect();
    let before_braces = pieces.iter().take(pieces.len().saturating_sub(1));
    before_braces
        .filter_map(|piece| piece.rsplit(|letter: char| !is_name(letter)).next())
        .filter(|stem| stem.len() > 2 && stem.ends_with('-'))
        .collect()
}

fn used_classes(source: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in source.split("class=\"").skip(1) {
        let value = part.split('"').next().unwrap_or_default();
        names.extend(
            value
                .split_whitespace()
                .filter(|name| name.chars().all(is_name)),
        );
    }
    for part in source.split(" class:").skip(1) {
        // `class:open=…` in a view, and not `class: &str` in a signature.
        names.extend(
            part.split_once('=')
                .map(|(name, _)| name)
                .filter(|name| name.chars().all(is_name)),
        );
    }
    names
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}
