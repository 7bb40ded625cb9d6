//! The parser of client frames: the first code that handles untrusted bytes.

use std::fmt;

use deskbell_protocol::{ClientFrame, Command};
use serde::Deserialize;
use serde::de::{self, value::MapDeserializer};
use serde_json::Value;

/// The maximum length of an error message about a frame, in characters.
const COMPLAINT: usize = 200;
/// The maximum length of a command's name in an error message, in characters.
const NAME: usize = 40;

/// The result of receiving.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A frame of the protocol.
    Frame(ClientFrame),
    /// Not a valid frame: the number of the command, if there is one, and the error.
    NotUnderstood {
        id: Option<u32>,
        kind: Misunderstanding,
    },
    /// A control frame of WebSocket, which does not reset the idle timeout.
    ControlFrame,
    /// More bytes than allowed.
    TooLarge,
    /// The client is gone.
    Gone,
}

/// Why a frame is invalid.
#[derive(Debug)]
pub(super) enum Misunderstanding {
    /// It is not JSON, or not of our shape.
    Malformed(String),
    /// It is a well-formed frame with a command that this server does not know.
    UnknownCommand(String),
}

/// Parses a text.
pub(super) fn parse(text: &str) -> Incoming {
    let malformed = match serde_json::from_str::<ClientFrame>(text) {
        Ok(frame) => return Incoming::Frame(frame),
        Err(error) => error,
    };
    let value = serde_json::from_str::<Value>(text).unwrap_or_default();
    let id = value
        .get("id")
        .and_then(Value::as_u64)
        .and_then(|id| u32::try_from(id).ok());
    let mut message = malformed.to_string();
    let kind = match value.pointer("/command/type").and_then(Value::as_str) {
        Some(name) if !is_command(name) => {
            Misunderstanding::UnknownCommand(name.chars().take(NAME).collect())
        }
        _ => {
            if let Some((end, _)) = message.char_indices().nth(COMPLAINT) {
                message.truncate(end);
            }
            Misunderstanding::Malformed(message)
        }
    };
    Incoming::NotUnderstood { id, kind }
}

/// Whether there is a command with this name.
fn is_command(name: &str) -> bool {
    let tag = MapDeserializer::<_, CommandError>::new([("type", name)].into_iter());
    !matches!(Command::deserialize(tag), Err(CommandError::UnknownVariant))
}

/// The error of parsing a command by its name alone. serde reports an unknown name with its own
/// method, so no error text has to be interpreted.
#[derive(Debug, PartialEq, Eq)]
enum CommandError {
    UnknownVariant,
    Other,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownVariant => "there is no such command",
            Self::Other => "the command has other fields",
        })
    }
}

impl std::error::Error for CommandError {}

impl de::Error for CommandError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownVariant
    }
}

/// The property that fuzzing tests for any bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    match parse(text) {
        Incoming::Frame(frame) => {
            let again = serde_json::to_string(&frame).expect("a frame is plain JSON");
            assert!(
                matches!(parse(&again), Incoming::Frame(same) if same == frame),
                "{again} is {text}"
            );
        }
        Incoming::NotUnderstood { kind, .. } => match kind {
            Misunderstanding::Malformed(why) => assert!(why.chars().count() <= COMPLAINT),
            Misunderstanding::UnknownCommand(name) => {
                assert!(!is_command(&name), "{name}");
                assert!(name.chars().count() <= NAME);
            }
        },
        Incoming::ControlFrame | Incoming::TooLarge | Incoming::Gone => {
            unreachable!("no text is that")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check, is_command};

    #[test]
    fn a_command_is_known_by_its_name_without_its_fields() {
        for name in ["hello", "send", "ping", "subscribe", "subscribe_inbox"] {
            assert!(is_command(name), "{name}");
        }
        for name in ["dance", "", "Send", "unknown"] {
            assert!(!is_command(name), "{name}");
        }
    }

    #[test]
    fn inputs_that_fuzzing_found_stay_fixed() {
        let seen = crate::fuzzed::each("client_frames", check);
        assert!(seen > 0, "there is a corpus");
    }
}
