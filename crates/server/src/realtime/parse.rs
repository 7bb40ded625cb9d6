//! What a client's text says: the first thing that strangers' bytes meet.

use deskbell_protocol::{ClientFrame, Command};
use serde_json::Value;

/// The longest complaint about a frame, in characters: what the client wrote is not sent back to it.
const COMPLAINT: usize = 200;
/// The longest name of a command that is repeated to whoever used it, in characters.
const NAME: usize = 40;

/// What arrived.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A frame of the protocol.
    Frame(ClientFrame),
    /// Something else: the number it asked under, if it had one, and what was wrong.
    NotUnderstood {
        id: Option<u32>,
        kind: Misunderstanding,
    },
    /// A ping of the transport, which is no sign of life.
    Noise,
    /// More bytes than allowed.
    TooLarge,
    /// The other side is gone.
    Gone,
}

/// Why a frame was not understood.
#[derive(Debug)]
pub(super) enum Misunderstanding {
    /// It is not JSON, or not of our shape.
    Malformed(String),
    /// It is a well-formed frame with a command that this server does not know.
    UnknownCommand(String),
}

/// Reads a text.
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

/// Whether there is a command of this name, whatever else its frame should hold.
fn is_command(name: &str) -> bool {
    let bare = serde_json::json!({ "type": name });
    !serde_json::from_value::<Command>(bare)
        .is_err_and(|error| error.to_string().starts_with("unknown variant"))
}

/// What holds for any bytes; `fuzz/` tries to find some for which it does not.
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
        Incoming::Noise | Incoming::TooLarge | Incoming::Gone => unreachable!("no text is that"),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_fuzzing_found_stays_fixed() {
        let seen = crate::fuzzed::each("client_frames", check);
        assert!(seen > 0, "there is a corpus");
    }
}
