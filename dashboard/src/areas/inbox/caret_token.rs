//! What an agent is typing at the caret of the composer, as in `/hello` or `@Ada`, and what matches it.

use deskbell_protocol::Mention;
use deskbell_protocol::api::conversations::canned_responses::CannedResponse;

/// The most responses that are offered at a time.
const OFFERED: usize = 50;
/// The most people and teams that are offered at a time.
const OFFERED_MENTIONS: usize = 8;
/// The most characters after an `@` that are searched for.
const MENTION_CHARS: usize = 60;

/// A `/` or an `@` at the beginning of a word, and what is typed after it. Positions are UTF-16 code units, as
/// the browser counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// What is typed after the sign.
    pub(crate) filter: String,
}

impl Token {
    /// Finds the `@` before the caret. Names have spaces, so the filter may have them, too.
    pub(crate) fn find_mention(text: &str, caret: u32) -> Option<Self> {
        let before = &text[..byte_at(text, caret)];
        let (outside, filter) = before.rsplit_once('@')?;
        let begins = outside
            .chars()
            .next_back()
            .is_none_or(|c| c.is_whitespace() || c == '(');
        let is_name = !filter.starts_with(char::is_whitespace)
            && !filter.contains('\n')
            && filter.chars().count() <= MENTION_CHARS;
        (begins && is_name).then(|| Self {
            start: units(outside),
            end: units(before),
            filter: filter.to_owned(),
        })
    }

    /// Finds the token of a canned response before the caret.
    pub(crate) fn find(text: &str, caret: u32) -> Option<Self> {
        let before = &text[..byte_at(text, caret)];
        let begin = before.rfind(char::is_whitespace).map_or(0, |at| {
            let space = before[at..].chars().next();
            at + space.map_or(0, char::len_utf8)
        });
        let filter = before[begin..].strip_prefix('/')?;
        let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        filter.chars().all(is_allowed).then(|| Self {
            start: units(&before[..begin]),
            end: units(before),
            filter: filter.to_owned(),
        })
    }

    /// Begins a token at the caret of a text: a `/`, after a space if one is needed. Returns the new text and
    /// the caret in it.
    pub(crate) fn begin(text: &str, caret: u32) -> (String, u32) {
        let (before, after) = text.split_at(byte_at(text, caret));
        let space = match before.chars().next_back() {
            Some(c) if !c.is_whitespace() => " ",
            _ => "",
        };
        let begun = format!("{before}{space}/");
        let caret = units(&begun);
        (begun + after, caret)
    }

    /// Replaces it in a text. Returns the new text and the caret after the replacement.
    pub(crate) fn replace(&self, text: &str, by: &str) -> (String, u32) {
        let (before, after) = (
            &text[..byte_at(text, self.start)],
            &text[byte_at(text, self.end)..],
        );
        let replaced = format!("{before}{by}{after}");
        (replaced, self.start + units(by))
    }
}

/// The responses that match a filter, the best first: their shortcut begins with it, or contains it, or the
/// title or the content does.
pub(crate) fn rank(responses: &[CannedResponse], filter: &str) -> Vec<CannedResponse> {
    let filter = filter.to_lowercase();
    let rank_of = |response: &CannedResponse| {
        let has = |text: &str| text.to_lowercase().contains(&filter);
        match response {
            it if it.shortcut.to_lowercase().starts_with(&filter) => Some(0),
            it if has(&it.shortcut) => Some(1),
            it if has(&it.title) => Some(2),
            it if has(&it.content) => Some(3),
            _ => None,
        }
    };
    let mut ranked: Vec<_> = responses
        .iter()
        .filter_map(|response| Some((rank_of(response)?, response)))
        .collect();
    // Stable: of the same rank they keep the order of the server.
    ranked.sort_by_key(|(rank, _)| *rank);
    let best = ranked.into_iter().take(OFFERED);
    best.map(|(_, response)| response.clone()).collect()
}

/// The people and teams whose names have words that begin with those of the filter.
pub(crate) fn matching_mentions(all: &[Mention], filter: &str) -> Vec<Mention> {
    let filter = filter.to_lowercase();
    let matches = |mention: &&Mention| {
        let name = mention.name().unwrap_or_default().to_lowercase();
        let mut words = filter.split_whitespace();
        words.all(|word| name.split_whitespace().any(|it| it.starts_with(word)))
    };
    let found = all.iter().filter(matches).take(OFFERED_MENTIONS);
    found.cloned().collect()
}

/// The position of a UTF-16 code unit in bytes.
fn byte_at(text: &str, unit: u32) -> usize {
    let mut passed = 0;
    let mut chars = text.char_indices();
    let found = chars.find(|(_, c)| {
        let is_here = passed >= unit;
        passed += c.len_utf16() as u32;
        is_here
    });
    found.map_or(text.len(), |(at, _)| at)
}

/// The number of UTF-16 code units.
fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use deskbell_protocol::api::conversations::canned_responses::ResponseScope;
    use deskbell_protocol::{AgentView, CannedResponseId, UserId};

    use super::*;

    fn person(name: &str) -> Mention {
        Mention::Member {
            id: UserId::from_parts(1, [1; 10]),
            name: name.to_owned(),
        }
    }

    #[test]
    fn an_at_sign_at_the_beginning_of_a_word_begins_a_mention() {
        let filter = |text: &str| Some(Token::find_mention(text, units(text))?.filter);
        assert_eq!(filter("@"), Some(String::new()));
        assert_eq!(filter("ask @Ada Bel"), Some("Ada Bel".to_owned()));
        assert_eq!(filter("(@be"), Some("be".to_owned()));
        assert_eq!(filter("vera@shop"), None);
        assert_eq!(filter("@ Ada"), None);
        assert_eq!(filter("@Ada\nand"), None);
        assert_eq!(filter(&format!("@{}", "x".repeat(61))), None);
    }

    #[test]
    fn a_mention_is_found_by_the_beginning_of_each_word() {
        let all = [person("Ada Bellamy"), person("Ben"), person("Returns team")];
        let found = |filter: &str| -> Vec<String> {
            let found = matching_mentions(&all, filter).into_iter();
            found.filter_map(|it| Some(it.name()?.to_owned())).collect()
        };
        assert_eq!(found("be"), ["Ada Bellamy", "Ben"]);
        assert_eq!(found("bel ad"), ["Ada Bellamy"]);
        assert_eq!(found("eturns"), [""; 0]);
        assert_eq!(found("Ben can you"), [""; 0]);
    }

    fn token(text: &str) -> Option<(u32, u32, String)> {
        let token = Token::find(text, units(text))?;
        Some((token.start, token.end, token.filter))
    }

    #[test]
    fn a_slash_at_the_beginning_of_a_word_begins_a_token() {
        assert_eq!(token("/"), Some((0, 1, String::new())));
        assert_eq!(token("/hel"), Some((0, 4, "hel".into())));
        assert_eq!(token("Hi 👋\n/grüß"), Some((6, 11, "grüß".into())));
        assert_eq!(token("Hi\u{3000}/a"), Some((3, 5, "a".into())));
    }

    #[test]
    fn paths_addresses_and_fractions_are_no_tokens() {
        for text in [
            "",
            "hello",
            "1/2",
            "https://shop.example/",
            "/etc/",
            "/hi there",
            "and/or",
            "//",
        ] {
            assert_eq!(token(text), None, "{text}");
        }
    }

    #[test]
    fn a_token_ends_at_the_caret() {
        let found = Token::find("Say /hi Vera", 6).expect("a token");
        assert_eq!((found.start, found.end, found.filter.as_str()), (4, 6, "h"));
        assert_eq!(Token::find("Say /hi Vera", 9), None);
        assert_eq!(Token::find("/hi", 0), None);
        assert_eq!(Token::find("/hi", 99).expect("the end").filter, "hi");
    }

    #[test]
    fn a_token_is_replaced_and_the_caret_follows_it() {
        let text = "👋 /hi, Vera";
        let found = Token::find(text, 6).expect("a token");
        let (replaced, caret) = found.replace(text, "Hello 👋");
        assert_eq!(replaced, "👋 Hello 👋, Vera");
        assert_eq!(caret, 3 + 8);
    }

    #[test]
    fn a_token_is_begun_after_white_space() {
        assert_eq!(Token::begin("", 0), ("/".to_owned(), 1));
        assert_eq!(Token::begin("Hi Vera", 2), ("Hi / Vera".to_owned(), 4));
        assert_eq!(Token::begin("Hi ", u32::MAX), ("Hi /".to_owned(), 4));
    }

    fn response(shortcut: &str, title: &str, content: &str) -> CannedResponse {
        CannedResponse {
            id: CannedResponseId::from_parts(1, [1; 10]),
            scope: ResponseScope::Own,
            team_id: None,
            shortcut: shortcut.to_owned(),
            title: title.to_owned(),
            category: String::new(),
            content: content.to_owned(),
            created_by: AgentView {
                id: UserId::from_parts(1, [1; 10]),
                name: "Ada".to_owned(),
            },
            created_at: 1,
            updated_at: 1,
            use_count: 0,
            last_used_at: None,
        }
    }

    #[test]
    fn shortcuts_come_before_titles_and_texts() {
        let all = [
            response("bye", "Say hello again", "Goodbye"),
            response("hello", "Greeting", "Hi"),
            response("long-hello", "Greeting", "Hi"),
            response("ship", "Shipping", "Hello, it is on its way."),
            response("other", "Other", "Nothing"),
        ];
        let ranked = |filter: &str| -> Vec<String> {
            let found = rank(&all, filter).into_iter();
            found.map(|it| it.shortcut).collect()
        };
        assert_eq!(ranked("HELLO"), ["hello", "long-hello", "bye", "ship"]);
        assert_eq!(ranked("").len(), all.len());
        assert!(ranked("nothing-like-it").is_empty());
    }
}
