//! A check of CSS class names: each styled class is used, and each used class is styled.
//!
//! The style sheets in `design` are part of the dashboard and of the public pages; one use is enough.
//!
//! The check is a heuristic over text. Any word of a string or an attribute in the program's Rust, HTML or
//! JavaScript counts as a use; a word that ends before a `{` (`state--{name}`) matches all names with this
//! prefix. Literal names in `class="…"` or `class:name` must be styled.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, Findings};

/// Style sheets that the dashboard and the public pages share.
const SHARED: &str = "design/";

/// A program with a stylesheet of its own.
struct Program {
    styles: &'static str,
    has_shared: bool,
    sources: &'static [&'static str],
}

const PROGRAMS: [Program; 3] = [
    Program {
        styles: "widget/style/",
        has_shared: false,
        sources: &["widget/src/", "widget/index.html", "widget/basic/"],
    },
    Program {
        styles: "dashboard/style/",
        has_shared: true,
        sources: &["dashboard/src/", "dashboard/index.html"],
    },
    Program {
        styles: "crates/server/style/",
        has_shared: true,
        sources: &["crates/pages/src"],
    },
];

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let shared = Styles::of(files, SHARED);
    let mut shared_uses = Uses::default();
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
        let styles = Styles::of(files, program.styles);
        if styles.0.is_empty() || sources.is_empty() {
            continue;
        }
        let uses = Uses::of(&sources);
        styles.check(&uses, findings);
        for file in &sources {
            for name in used_classes(&file.text) {
                let is_shared = program.has_shared && shared.0.contains_key(name);
                if !is_shared && !styles.0.contains_key(name) {
                    findings.warn(format!(
                        "{}: class {name} is used and nowhere styled",
                        file.path
                    ));
                }
            }
        }
        if program.has_shared {
            shared_uses.words.extend(uses.words);
            shared_uses.stems.extend(uses.stems);
        }
    }
    shared.check(&shared_uses, findings);
}

/// The classes that style sheets name, each with the first file.
struct Styles<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Styles<'a> {
    fn of(files: &'a [File], folder: &str) -> Self {
        let mut styled = BTreeMap::new();
        for file in files.iter().filter(|file| file.path.starts_with(folder)) {
            let css = file.path.ends_with(".css").then_some(file.text.as_str());
            for name in styled_classes(css.unwrap_or_default()) {
                styled.entry(name).or_insert(file.path.as_str());
            }
        }
        Self(styled)
    }

    fn check(&self, uses: &Uses<'_>, findings: &mut Findings) {
        for (name, path) in &self.0 {
            let has_stem = uses.stems.iter().any(|stem| name.starts_with(stem));
            if !uses.words.contains(name) && !has_stem {
                findings.fail(format!("{path}: .{name} is styled and nowhere used"));
            }
        }
    }
}

/// The words and the beginnings of words in a program's sources.
#[derive(Default)]
struct Uses<'a> {
    words: BTreeSet<&'a str>,
    stems: Vec<&'a str>,
}

impl<'a> Uses<'a> {
    fn of(sources: &[&'a File]) -> Self {
        Self {
            words: sources.iter().flat_map(|file| words(&file.text)).collect(),
            stems: sources.iter().flat_map(|file| stems(&file.text)).collect(),
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
