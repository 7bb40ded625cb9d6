//! The small decoder and serde's give the same result for every golden file of the protocol.

use std::fs;
use std::path::Path;

use deskbell_client::decode;
use deskbell_protocol::{ErrorBody, ServerFrame};
use serde_json::{Value, json};

use crate::alike::{as_decoded, error_as_decoded};
use crate::golden;

fn assert_decoded_alike(name: &str, frame: &Value) {
    let text = frame.to_string();
    let by_serde: ServerFrame = serde_json::from_str(&text).expect("the golden files are readable");
    let expected = as_decoded(by_serde);
    assert_eq!(decode::frame(&text), Some(expected), "{name}");
}

#[test]
fn the_corpus_of_the_fuzzer_is_decoded_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/server_frames");
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("the corpus is there").path();
        crate::alike::check(&fs::read(path).expect("an input can be read"));
    }
}

#[test]
fn both_decoders_agree_on_events() {
    for (name, event) in golden("event") {
        assert_decoded_alike(&name, &json!({ "event": event }));
        assert_decoded_alike(&name, &json!({ "reply_to": 7, "event": event }));
    }
    assert_decoded_alike(
        "a newer server's",
        &json!({ "event": { "type": "of_tomorrow" } }),
    );
}

#[test]
fn both_decoders_agree_on_messages() {
    let (_, message) = golden("event")
        .into_iter()
        .find(|(name, _)| name == "event.message_created")
        .expect("the golden files are readable");
    for kind in ["body", "sender"] {
        for (name, part) in golden(kind) {
            let mut event = message.clone();
            event["message"][kind] = part;
            assert_decoded_alike(&name, &json!({ "event": event }));
        }
        let mut event = message.clone();
        event["message"][kind] = json!({ "type": "of_tomorrow", "kind": "of_tomorrow" });
        assert_decoded_alike("a newer server's", &json!({ "event": event }));
    }
}

#[test]
fn both_decoders_agree_on_errors() {
    for (name, error) in golden("error") {
        let by_serde: ErrorBody =
            serde_json::from_value(error.clone()).expect("the golden files are readable");
        assert_eq!(
            decode::refusal(&error.to_string()),
            Some(error_as_decoded(by_serde)),
            "{name}"
        );
        assert_decoded_alike(
            &name,
            &json!({ "event": { "type": "error", "error": error } }),
        );
    }
}

/// Adds a field of a newer server to every object.
fn with_new_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(with_new_fields);
            fields.insert("of_tomorrow".to_owned(), json!({ "x": [1, null] }));
        }
        Value::Array(values) => values.iter_mut().for_each(with_new_fields),
        _ => {}
    }
}

#[test]
fn fields_of_a_newer_server_are_ignored() {
    for (name, event) in golden("event") {
        let frame = json!({ "reply_to": 7, "event": event });
        let known = decode::frame(&frame.to_string());
        assert!(known.is_some(), "{name}");
        let mut newer = frame;
        with_new_fields(&mut newer);
        assert_eq!(decode::frame(&newer.to_string()), known, "{name}");
        assert_decoded_alike(&name, &newer);
    }
}
