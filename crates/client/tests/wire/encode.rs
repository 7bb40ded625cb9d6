//! The small encoder and serde's give the same result for every golden file of the protocol.

use deskbell_client::{IS_AGENT, decode, encode};
use deskbell_engine::UnsentText;
use deskbell_protocol::api::visitors::{CreateVisitor, Identity};
use deskbell_protocol::{ClientFrame, ClientMessageId, Command, ConversationId};
use serde_json::{Map, Value, json};

use crate::golden;

fn encoded(frame: &ClientFrame) -> Value {
    serde_json::from_str(&encode::frame(frame)).expect("it is JSON")
}

/// Whether only agents send a command: a visitor's program does not encode it.
fn is_for_agents(command: &Value) -> bool {
    let name = command["type"].as_str().expect("a command has a type");
    [
        "claim",
        "resolve",
        "reopen",
        "close",
        "subscribe_inbox",
        "presence",
    ]
    .contains(&name)
}

#[test]
fn both_encoders_agree_on_commands() {
    for (name, command) in golden("command") {
        if !IS_AGENT && is_for_agents(&command) {
            continue;
        }
        let frame = json!({ "id": 7, "command": command });
        let typed: ClientFrame =
            serde_json::from_value(frame.clone()).expect("the golden files are readable");
        assert_eq!(encoded(&typed), frame, "{name}");
    }
}

#[test]
fn unsent_texts_are_decoded_as_they_were_encoded() {
    let place = ConversationId::from_parts(1, [2; 10]);
    let text = |conversation_id, name, text: &str| UnsentText {
        conversation_id,
        client_id: ClientMessageId::from_parts(name, [1; 10]),
        text: text.to_owned(),
    };
    let texts = [
        text(None, 1, "Is \"anybody\"\nthere? "),
        text(Some(place), 2, " I can wait."),
    ];
    let encoded: Map<String, Value> =
        serde_json::from_str(&encode::unsent_texts(&texts)).expect("it is an object");
    let read = encoded.iter().map(|(name, entry)| {
        decode::unsent_text(name, entry.as_str().expect("it is a string"))
            .expect("it can be decoded")
    });
    assert_eq!(read.collect::<Vec<_>>(), texts);
    assert_eq!(encode::unsent_texts(&[]), "");
    for (name, entry) in [
        ("", " Hello?"),
        ("7", " Hello?"),
        (&*place.to_string(), "Hello?"),
    ] {
        assert_eq!(decode::unsent_text(name, entry), None);
    }
}

#[test]
fn every_character_survives_the_encoding() {
    let mut text: String = (0..0x3000).filter_map(char::from_u32).collect();
    text.push_str("\u{feff}\u{2028}👋🏽\u{10ffff}");
    let frame = ClientFrame {
        id: u32::MAX,
        command: Command::Start {
            client_id: ClientMessageId::from_parts(1, [1; 10]),
            text: text.clone(),
        },
    };
    let typed: ClientFrame = serde_json::from_value(encoded(&frame)).expect("it is a frame");
    assert_eq!(typed, frame);
    let body = CreateVisitor {
        site_key: text.clone(),
        token: Some(text.clone()),
        identity: Some(Identity {
            external_id: Some(text),
            ..Identity::default()
        }),
    };
    let identity = serde_json::to_string(&body.identity).expect("it is plain JSON");
    let json = encode::create_visitor(&body.site_key, body.token.as_deref(), Some(&identity));
    assert_eq!(
        serde_json::from_str::<CreateVisitor>(&json).ok(),
        Some(body)
    );
    assert_eq!(
        encode::create_visitor("demo", None, None),
        r#"{"site_key":"demo"}"#
    );
}
