//! `docs/protocol.md` names what `shared/src` defines, and nothing else.
//!
//! Each subject has a section in the page. A section lists a name in backquotes at the beginning of a
//! heading or a table row; if the code gives a number, the next cell must contain that number.

use std::collections::BTreeSet;

use super::{File, Findings};

const PAGE: &str = "docs/protocol.md";
const HEADING: &str = "### `";
const ROW: &str = "| `";

/// A comparison: the function that reads the names from a source, the source, the section of the page, and the
/// format in that section.
type Subject = (
    fn(&str) -> BTreeSet<String>,
    &'static str,
    &'static str,
    &'static str,
);

const SUBJECTS: [Subject; 5] = [
    (variants, "shared/src/command.rs", "## Commands", HEADING),
    (variants, "shared/src/event.rs", "## Events", HEADING),
    (variants, "shared/src/error.rs", "## Error codes", ROW),
    (
        numbered_variants,
        "shared/src/close.rs",
        "## Close codes",
        ROW,
    ),
    (constants, "shared/src/limits.rs", "## Limits", ROW),
];

pub(super) fn check(files: &[File], findings: &mut Findings) {
    let read = |path: &str| files.iter().find(|file| file.path == path);
    let Some(page) = read(PAGE) else {
        return findings.fail(format!("{PAGE} is missing"));
    };
    for (names_in, path, section, mark) in SUBJECTS {
        let defined = read(path)
            .map(|source| names_in(&source.text))
            .unwrap_or_default();
        let with_value = defined.iter().any(|name| name.contains('='));
        let stated = stated(&page.text, section, mark, with_value);
        for name in defined.difference(&stated) {
            findings.fail(format!(
                "{PAGE}: \"{section}\" does not state {name} of {path}"
            ));
        }
        for name in stated.difference(&defined) {
            findings.fail(format!(
                "{PAGE}: \"{section}\" states {name}, {path} does not"
            ));
        }
    }
}

/// The wire names of the first enum's variants, without the variant for unknown names.
fn variants(source: &str) -> BTreeSet<String> {
    let names =
        enum_lines(source).map(|line| line.split([' ', ',', '{', '(']).next().unwrap_or_default());
    names
        .filter(|name| !matches!(*name, "Unknown" | "Other"))
        .map(snake_case)
        .collect()
}

/// `Restart = 4000`.
fn numbered_variants(source: &str) -> BTreeSet<String> {
    enum_lines(source)
        .map(|line| line.trim_end_matches(',').to_owned())
        .collect()
}

/// The lines of the first enum on which a variant begins.
fn enum_lines(source: &str) -> impl Iterator<Item = &str> {
    let lines = source
        .lines()
        .skip_while(|line| !line.starts_with("pub enum "));
    let inside = lines.skip(1).take_while(|line| *line != "}");
    inside
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|letter: char| letter.is_ascii_uppercase()))
}

/// `TEXT_CHARS = 4000` out of `pub const TEXT_CHARS: usize = 4_000;`.
fn constants(source: &str) -> BTreeSet<String> {
    let lines = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "));
    lines
        .filter_map(|line| Some((line.split(':').next()?, line.split_once(" = ")?.1)))
        .map(|(name, value)| format!("{name} = {}", value.trim_end_matches(';').replace('_', "")))
        .collect()
}

fn stated(page: &str, section: &str, mark: &str, with_value: bool) -> BTreeSet<String> {
    let lines = page.lines().skip_while(|line| *line != section).skip(1);
    let marked = lines
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix(mark));
    marked
        .filter_map(|line| line.split_once('`'))
        .map(|(name, rest)| match rest.split('|').nth(1) {
            Some(value) if with_value => format!("{name} = {}", value.trim()),
            _ => name.to_owned(),
        })
        .collect()
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE_TEXT: &str = "## Commands\n### `ping`\n## Limits\n| name | value |\n|---|---|\n| `TEXT_CHARS` | 4000 | x |\n";

    fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
        names.map(str::to_owned).into()
    }

    #[test]
    fn variants_are_read_by_their_wire_names() {
        let source = "pub enum Command {\n    /// Agent: see.\n    SubscribeInbox,\n    Load {\n        id: Id,\n    },\n    #[serde(other)]\n    Unknown,\n}\npub enum Next {\n    More,\n}\n";
        assert_eq!(variants(source), set(["subscribe_inbox", "load"]));
    }

    #[test]
    fn numbers_are_read_with_their_names() {
        assert_eq!(
            numbered_variants("pub enum Code {\n    Restart = 4000,\n}\n"),
            set(["Restart = 4000"])
        );
        assert_eq!(
            constants("pub const TEXT_CHARS: usize = 4_000;\n"),
            set(["TEXT_CHARS = 4000"])
        );
    }

    #[test]
    fn a_section_documents_its_marked_items_only() {
        assert_eq!(
            stated(PAGE_TEXT, "## Commands", "### `", false),
            set(["ping"])
        );
        assert_eq!(
            stated(PAGE_TEXT, "## Limits", "| `", true),
            set(["TEXT_CHARS = 4000"])
        );
    }

    #[test]
    fn an_item_in_only_one_of_code_and_documentation_is_reported() {
        let files = SUBJECTS.map(|(_, path, ..)| File {
            path: path.to_owned(),
            text: match path {
                "shared/src/command.rs" => "pub enum Command {\n    Hello,\n}\n".to_owned(),
                _ => String::new(),
            },
        });
        let page = File {
            path: PAGE.to_owned(),
            text: PAGE_TEXT.to_owned(),
        };
        let mut findings = Findings::default();
        check(
            &files.into_iter().chain([page]).collect::<Vec<_>>(),
            &mut findings,
        );
        let problems = findings.problems.join("\n");
        assert!(problems.contains("does not state hello"), "{problems}");
        assert!(problems.contains("states ping"), "{problems}");
        assert!(problems.contains("states TEXT_CHARS"), "{problems}");
    }
}
