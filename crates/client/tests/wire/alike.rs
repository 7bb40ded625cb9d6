//! A property of any text from a server: both decoders give the same result.

use deskbell_client::{IS_AGENT, decode};
use deskbell_protocol::api::conversations::poll::Polled;
use deskbell_protocol::{ErrorBody, ErrorCode, Event, ServerFrame};

/// The small decoder accepts some texts that serde refuses. But where both accept a text, the
/// result is the same; and what serde has decoded, both decode after it is encoded again.
pub fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let by_serde = serde_json::from_str::<ServerFrame>(text).ok();
    alike(text, decode::frame, by_serde, as_decoded);
    let by_serde = serde_json::from_str::<ErrorBody>(text).ok();
    alike(text, decode::refusal, by_serde, error_as_decoded);
    let by_serde = serde_json::from_str::<Polled>(text).ok();
    alike(text, decode::polled, by_serde, |mut polled: Polled| {
        polled.frames = polled.frames.into_iter().map(as_decoded).collect();
        polled
    });
}

fn alike<T>(text: &str, decode: fn(&str) -> Option<T>, by_serde: Option<T>, as_decoded: fn(T) -> T)
where
    T: PartialEq + std::fmt::Debug + serde::Serialize,
{
    let Some(by_serde) = by_serde else {
        return;
    };
    let again = serde_json::to_string(&by_serde).expect("plain JSON");
    let expected = as_decoded(by_serde);
    if let Some(by_hand) = decode(text) {
        assert_eq!(by_hand, expected, "{text}");
    }
    assert_eq!(decode(&again), Some(expected), "{again}");
}

/// The result that is expected of the small decoder: without the feature `agent` it skips what only
/// agents receive.
pub fn as_decoded(mut frame: ServerFrame) -> ServerFrame {
    if IS_AGENT {
        return frame;
    }
    match &mut frame.event {
        Event::Inbox { .. }
        | Event::InboxChanges { .. }
        | Event::InboxChanged { .. }
        | Event::Changed { .. }
        | Event::Seen { .. }
        | Event::Presence { .. }
        | Event::YouChanged { .. } => frame.event = Event::Unknown,
        Event::Welcome { past, .. } => past.truncate(1),
        Event::Error { error } => *error = error_as_decoded(error.clone()),
        _ => {}
    }
    frame
}

/// The same for an error: a visitor's program keeps the codes that it does not handle as words.
pub fn error_as_decoded(error: ErrorBody) -> ErrorBody {
    if IS_AGENT {
        return error;
    }
    let code = match error.code {
        code @ (ErrorCode::Forbidden
        | ErrorCode::Internal
        | ErrorCode::Invalid
        | ErrorCode::NotFound
        | ErrorCode::NotReady
        | ErrorCode::OriginNotAllowed
        | ErrorCode::RateLimited
        | ErrorCode::TooLarge
        | ErrorCode::TokenExpired
        | ErrorCode::Unavailable) => code,
        other => {
            let word = serde_json::to_value(other).expect("plain JSON");
            ErrorCode::Other(word.as_str().unwrap_or_default().to_owned())
        }
    };
    ErrorBody {
        code,
        message: error.message,
        fields: Default::default(),
        winner: None,
        retry_after_ms: error.retry_after_ms,
    }
}
