//! A deny list of words: terms of an earlier style that readers had to decode.
//!
//! Comments, documents and texts of the user interface name things by their usual terms (CONTRIBUTING,
//! "Plain English"). The list contains words that this repository once used instead and that have no
//! technical meaning here. It is short, so that it has no exceptions.

use super::{File, Findings};

/// A denied word or phrase, and what to write instead.
const DENIED: [(&str, &str); 22] = [
    ("somebody", "name the person: visitor, agent, user, client"),
    ("whoever", "name the person: visitor, agent, user, client"),
    ("oneself", "yourself, or the user"),
    ("themself", "yourself, or the user"),
    ("anew", "again"),
    ("of late", "recently"),
    ("by and by", "later"),
    ("to and fro", "in both directions"),
    ("at one go", "at once"),
    ("tells of", "reports"),
    ("heir", "new assignee"),
    ("lender", "pool"),
    ("shelf", "cache"),
    ("afresh", "again"),
    ("lately", "recently"),
    ("lest", "so that ... not"),
    ("in vain", "without effect"),
    ("in the midst", "during"),
    ("goes on", "continues"),
    ("hears", "receives"),
    ("is told", "receives"),
    ("are told", "receive"),
];
/// This file names the words.
const LIST: &str = "crates/xtask/src/tidy/words.rs";
/// Words of released formats and of people in test texts are data.
const DATA: [&str; 2] = ["docs/openapi.json", "shared/tests/wire/"];

pub(super) fn check(files: &[File], findings: &mut Findings) {
    for file in files {
        if file.path == LIST || DATA.iter().any(|data| file.path.starts_with(data)) {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            for (word, instead) in denied(line) {
                findings.fail(format!(
                    "{}:{}: \"{word}\" is not plain English here: {instead}",
                    file.path,
                    number + 1
                ));
            }
        }
    }
}

/// The denied words of a line.
fn denied(line: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let line = line.to_lowercase();
    DENIED
        .into_iter()
        .filter(move |(word, _)| contains_word(&line, word))
}

/// Whether the text contains the word, not as a part of another one or of an identifier.
fn contains_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<&'static str> {
        denied(line).map(|(word, _)| word).collect()
    }

    #[test]
    fn denied_words_are_found_in_any_case_and_between_punctuation() {
        assert_eq!(
            words("/// Somebody (whoever) asks anew."),
            ["somebody", "whoever", "anew"]
        );
        assert_eq!(words("It was refused of late, twice."), ["of late"]);
    }

    #[test]
    fn parts_of_other_words_and_identifiers_are_allowed() {
        for line in [
            "a plane with shelflife",
            "fn find_heir_of()",
            "canewood",
            "out of latency",
        ] {
            assert_eq!(words(line), Vec::<&str>::new(), "{line}");
        }
    }

    #[test]
    fn a_problem_names_the_file_the_line_and_a_replacement() {
        let file = |path: &str| File {
            path: path.to_owned(),
            text: "Fine.\nSay it anew.\n".to_owned(),
        };
        let mut findings = Findings::default();
        check(&[file("docs/widget.md"), file(LIST)], &mut findings);
        let expected = "docs/widget.md:2: \"anew\" is not plain English here: again";
        assert_eq!(findings.problems, [expected]);
    }
}
