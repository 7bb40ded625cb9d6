//! The small reader and serde's understand every golden file of the protocol alike.

use std::fs;
use std::path::Path;

use deskbell_client::decode;
use deskbell_protocol::{ErrorBody, ServerFrame};
use serde_json::{Value, json};

use crate::golden;

fn understood_alike(name: &str, frame: &Value) {
    let text = frame.to_string();
    let by_serde: ServerFrame = serde_json::from_str(&text).expect("the golden files are readable");
    assert_eq!(decode::frame(&text), Some(by_serde), "{name}");
}

#[test]
fn what_fuzzing_found_stays_fixed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/server_frames");
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("the corpus is there").path();
        crate::alike::check(&fs::read(path).expect("an input can be read"));
    }
}

#[test]
fn events_are_understood_alike() {
    for (name, event) in golden("event") {
        understood_alike(&name, &json!({ "event": event }));
        understood_alike(&name, &json!({ "reply_to": 7, "event": event }));
    }
    understood_alike(
        "a newer server's",
        &json!({ "event": { "type": "of_tomorrow" } }),
    );
}

#[test]
fn messages_are_understood_alike() {
    let (_, message) = golden("event")
        .into_iter()
        .find(|(name, _)| name == "event.message_created")
        .expect("the golden files are readable");
    for kind in ["body", "sender"] {
        for (name, part) in golden(kind) {
            let mut event = message.clone();
            event["message"][kind] = part;
            understood_alike(&name, &json!({ "event": event }));
        }
        let mut event = message.clone();
        event["message"][kind] = json!({ "type": "of_tomorrow", "kind": "of_tomorrow" });
        understood_alike("a newer server's", &json!({ "event": event }));
    }
}

#[test]
fn refusals_are_understood_alike() {
    for (name, error) in golden("error") {
        let by_serde: ErrorBody =
            serde_json::from_value(error.clone()).expect("the golden files are readable");
        assert_eq!(
            decode::refusal(&error.to_string()),
            Some(by_serde),
            "{name}"
        );
        understood_alike(
            &name,
            &json!({ "event": { "type": "error", "error": error } }),
        );
    }
}
