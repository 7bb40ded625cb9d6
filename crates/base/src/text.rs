//! Validation of text that people enter: names, origins, messages.

use deskbell_protocol::api::sites::WidgetSettings;
use deskbell_protocol::limits;
use oxilangtag::LanguageTag;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::error::{AppError, AppResult, FieldErrors};

/// The longest line that is neither a name nor a message, in characters.
const LINE_CHARS: usize = 200;

/// The longest language tag, in bytes: that of RFC 5646, 4.4.1.
const LANGUAGE_BYTES: usize = 35;

/// A person's name: 2–50 letters, marks, spaces, apostrophes, hyphens and periods, trimmed, with at
/// least one letter.
pub fn person_name(field: &str, name: &str) -> AppResult<String> {
    let name = name.trim();
    let (shortest, longest) = limits::NAME_CHARS;
    let mut before = ' ';
    let mut allowed = |c: char| {
        let allowed = match c {
            ' ' | '\'' | '’' | '-' | '.' => true,
            _ if is_joiner(c) => joins(before),
            _ => c.is_alphabetic() || is_mark(c),
        };
        before = c;
        allowed
    };
    let is_name = name.chars().all(&mut allowed) && name.chars().any(char::is_alphabetic);
    if !(shortest..=longest).contains(&name.chars().count()) || !is_name {
        return Err(AppError::invalid(
            field,
            "Enter a name of 2 to 50 letters. Spaces, apostrophes, hyphens and periods are fine.",
        ));
    }
    Ok(name.to_owned())
}

/// Combining marks, which belong to the letter before them and are common in many scripts.
fn is_mark(c: char) -> bool {
    use GeneralCategory::{NonspacingMark, SpacingMark};
    matches!(c.general_category(), NonspacingMark | SpacingMark)
}

/// Whether this is a joiner, which controls whether neighbouring letters are connected.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether a joiner is allowed after this character: in scripts without upper and lower case, as in
/// Persian and Sinhala names. Elsewhere it would only make two names look the same.
fn joins(before: char) -> bool {
    is_mark(before) || before.general_category() == GeneralCategory::OtherLetter
}

/// Whether a character is visible or part of a visible one. Invisible characters can change how the
/// text around them reads (U+202E reverses what follows).
pub fn is_visible(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    is_joiner(c)
        || !matches!(
            c.general_category(),
            Control | Format | LineSeparator | ParagraphSeparator
        )
}

/// Whether a character alone shows something.
fn shows(c: char) -> bool {
    is_visible(c) && !is_joiner(c) && !c.is_whitespace()
}

/// Whether a text consists of visible characters and shows something.
fn is_readable(text: &str) -> bool {
    text.chars().all(is_visible) && text.chars().any(shows)
}

/// The name of a workspace or a site: 2–50 visible characters, trimmed.
pub fn thing_name(field: &str, name: &str) -> AppResult<String> {
    let name = name.trim();
    let (shortest, longest) = limits::NAME_CHARS;
    if !(shortest..=longest).contains(&name.chars().count()) || !is_readable(name) {
        return Err(AppError::invalid(
            field,
            "Enter a name (2 to 50 characters).",
        ));
    }
    Ok(name.to_owned())
}

/// The visitor's name as a host site gives it: its visible characters, at most 50; `None` without any.
pub fn visitor_name(name: &str) -> Option<String> {
    let printable = name.chars().filter(|c| is_visible(*c));
    let name: String = printable.take(limits::NAME_CHARS.1).collect();
    let name = name.trim();
    is_readable(name).then(|| name.to_owned())
}

/// A line of text: at most 200 visible characters, trimmed; it may be empty. One that shows nothing is
/// empty.
pub fn line(field: &str, text: &str) -> AppResult<String> {
    let text = text.trim();
    if text.chars().count() > LINE_CHARS || !text.chars().all(is_visible) {
        let message = format!("Enter one line of at most {LINE_CHARS} characters.");
        return Err(AppError::invalid(field, message));
    }
    match text.chars().any(shows) {
        true => Ok(text.to_owned()),
        false => Ok(String::new()),
    }
}

/// A widget's settings. Empty ones take their defaults.
pub fn widget(widget: WidgetSettings) -> AppResult<WidgetSettings> {
    let mut wrong = FieldErrors::default();
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let color = said(widget.color).map(|text| wrong.take(color("widget.color", &text)));
    let title = said(widget.title).map(|text| wrong.take(thing_name("widget.title", &text)));
    let greeting = said(widget.greeting).map(|text| wrong.take(line("widget.greeting", &text)));
    wrong.finish()?;
    Ok(WidgetSettings {
        color,
        position: widget.position,
        title,
        greeting,
    })
}

/// `#` and six hexadecimal digits, which are safe in an attribute of a page.
pub fn color(field: &str, text: &str) -> AppResult<String> {
    let text = text.trim().to_lowercase();
    let digits = text.strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(AppError::invalid(field, "Enter a color like #00aa55."));
    }
    Ok(text)
}

/// The key of a name that must be unique: names that differ in upper and lower case, in how an accent is
/// written or in their number of spaces have the same one.
pub fn name_key(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().collect();
    words.join(" ").nfkc().collect::<String>().to_lowercase()
}

/// Language tags (BCP 47) in their usual form, as in `pt-BR`, without repetitions.
pub fn languages(field: &str, tags: &[String]) -> AppResult<Vec<String>> {
    if tags.len() > limits::TEAM_LANGUAGES {
        let message = format!("Enter at most {} languages.", limits::TEAM_LANGUAGES);
        return Err(AppError::invalid(field, message));
    }
    let mut languages: Vec<String> = Vec::new();
    for tag in tags {
        let Some(known) = language(tag.trim()) else {
            let shown: String = tag.chars().filter(|c| is_visible(*c)).take(20).collect();
            let message =
                format!("\"{shown}\" is not a language tag. Enter tags like en or pt-BR.");
            return Err(AppError::invalid(field, message));
        };
        if !languages.contains(&known) {
            languages.push(known);
        }
    }
    Ok(languages)
}

/// A language tag in its usual form; `None` if it names no language.
fn language(tag: &str) -> Option<String> {
    let known = LanguageTag::parse_and_normalize(tag).ok()?;
    let language = known.primary_language();
    // Private and irregular tags have a hyphen there.
    let names_one = language != "und" && !language.contains('-');
    (names_one && known.len() <= LANGUAGE_BYTES).then(|| known.into_inner())
}

/// A message: at most [`limits::TEXT_CHARS`] characters, not blank; line ends are `\n`.
pub fn message(text: &str) -> AppResult<String> {
    let text = text.trim().replace("\r\n", "\n").replace('\0', "");
    if !text.chars().any(shows) {
        return Err(AppError::invalid("text", "Enter a message."));
    }
    if text.chars().count() > limits::TEXT_CHARS {
        return Err(AppError::invalid(
            "text",
            format!(
                "This message is too long: at most {} characters. Split it into several messages.",
                limits::TEXT_CHARS
            ),
        ));
    }
    Ok(text)
}

/// The shortcut of a canned response: 1 to [`limits::SHORTCUT_CHARS`] letters, digits, hyphens, underscores
/// and periods, without the `/` that agents type before it.
pub fn shortcut(field: &str, text: &str) -> AppResult<String> {
    let text = text.trim();
    let text: String = text.strip_prefix('/').unwrap_or(text).nfc().collect();
    let is_allowed = |c: char| c.is_alphanumeric() || is_mark(c) || matches!(c, '-' | '_' | '.');
    let is_long = text.chars().count() > limits::SHORTCUT_CHARS;
    if is_long || !text.chars().all(is_allowed) || !text.chars().any(shows) {
        let message = format!(
            "Enter 1 to {} letters and digits. Hyphens, underscores and periods are fine, spaces are not.",
            limits::SHORTCUT_CHARS
        );
        return Err(AppError::invalid(field, message));
    }
    Ok(text)
}

/// The form in which shortcuts are compared: without case, and with compatible characters unified.
pub fn shortcut_key(shortcut: &str) -> String {
    shortcut.nfkc().flat_map(char::to_lowercase).collect()
}

/// The form in which texts are searched: as [`shortcut_key`], and without accents and other marks.
pub fn search_key(text: &str) -> String {
    let letters = text.nfkd().filter(|c| !is_mark(*c));
    letters.flat_map(char::to_lowercase).collect()
}
