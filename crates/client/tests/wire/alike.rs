//! A property of any text from a server: both decoders give the same result.

use deskbell_client::decode;
use deskbell_protocol::api::conversations::poll::Polled;
use deskbell_protocol::{ErrorBody, ServerFrame};

/// The small decoder accepts some texts that serde refuses. But where both accept a text, the
/// result is the same; and what serde has decoded, both decode after it is encoded again.
pub fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let by_serde = serde_json::from_str::<ServerFrame>(text).ok();
    alike(text, decode::frame(text), by_serde, decode::frame);
    let by_serde = serde_json::from_str::<ErrorBody>(text).ok();
    alike(text, decode::refusal(text), by_serde, decode::refusal);
    let by_serde = serde_json::from_str::<Polled>(text).ok();
    alike(text, decode::polled(text), by_serde, decode::polled);
}

fn alike<T>(text: &str, by_hand: Option<T>, by_serde: Option<T>, read: fn(&str) -> Option<T>)
where
    T: PartialEq + std::fmt::Debug + serde::Serialize,
{
    let Some(by_serde) = by_serde else {
        return;
    };
    if let Some(by_hand) = by_hand {
        assert_eq!(by_hand, by_serde, "{text}");
    }
    let again = serde_json::to_string(&by_serde).expect("plain JSON");
    assert_eq!(read(&again).as_ref(), Some(&by_serde), "{again}");
}
