//! Invalid input gets a clear error or a close code, and affects no other client.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use deskbell_protocol::{Body, CloseCode, Command, ConversationId, ErrorCode, Event, limits};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::Database;
use deskbell_testkit::socket::Socket;
use reqwest::Method;
use serde_json::json;

use crate::api::{code, request_as};
use crate::{North, on_both};

on_both!(
    invalid_json_and_unknown_commands_get_an_error_and_the_connection_stays_open,
    too_many_bad_frames_end_the_connection,
    the_longest_text_is_accepted_even_with_escapes,
    a_frame_that_is_too_large_ends_its_connection_and_no_other,
    a_connection_requires_hello_and_a_valid_token,
    an_expired_token_gets_the_code_to_renew_it,
    a_connection_ends_when_its_token_expires,
    texts_that_are_blank_or_too_long_are_refused,
    a_message_of_invisible_characters_is_refused,
    invalid_bodies_get_an_error_body,
    text_with_nul_is_refused_in_every_field,
);

async fn error_code(socket: &mut Socket) -> Result<ErrorCode> {
    match socket.next_event().await? {
        Some(Event::Error { error }) => Ok(error.code),
        other => anyhow::bail!("an error, not {other:?}"),
    }
}

async fn invalid_json_and_unknown_commands_get_an_error_and_the_connection_stays_open(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let deep = "[".repeat(10_000);
    let deep_inside = format!(r#"{{"id":7,"command":{{"type":"ping","x":{deep}}}}}"#);
    let bad = [
        (deep.as_str(), ErrorCode::BadRequest),
        (deep_inside.as_str(), ErrorCode::BadRequest),
        ("not json", ErrorCode::BadRequest),
        ("[]", ErrorCode::BadRequest),
        (r#"{"id":7}"#, ErrorCode::BadRequest),
        (
            r#"{"id":7,"command":{"type":"dance"}}"#,
            ErrorCode::UnknownCommand,
        ),
        (
            r#"{"id":7,"command":{"type":"load","conversation_id":"x","before_seq":1}}"#,
            ErrorCode::BadRequest,
        ),
    ];
    for (text, code) in bad {
        vera.socket.send_text(text).await?;
        assert_eq!(error_code(&mut vera.socket).await?, code, "{text}");
    }
    assert_eq!(vera.socket.request(Command::Ping).await?, Event::Pong);
    Ok(())
}

async fn too_many_bad_frames_end_the_connection(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    for _ in 0..limits::BAD_FRAMES {
        vera.socket.send_text("?").await?;
    }
    assert_eq!(
        vera.socket.closed().await?,
        Some(CloseCode::Protocol.code())
    );
    Ok(())
}

async fn the_longest_text_is_accepted_even_with_escapes(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let client_id = vera.next_client_id();
    let text = "\\ud83d\\udc4b".repeat(limits::TEXT_CHARS);
    let frame = format!(
        r#"{{"id":1,"command":{{"type":"start","client_id":"{client_id}","text":"{text}"}}}}"#
    );
    vera.socket.send_text(&frame).await?;
    let frame = vera.socket.next_frame().await?.context("an answer")?;
    let Event::Started { message, .. } = frame.event else {
        anyhow::bail!("started, not {frame:?}");
    };
    let text = "\u{1f44b}".repeat(limits::TEXT_CHARS);
    assert_eq!(message.body, Body::Text { text });
    Ok(())
}

async fn a_frame_that_is_too_large_ends_its_connection_and_no_other(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut viktor = north.visitor().await?;
    for size in [limits::FRAME_BYTES + 1, 5 * limits::FRAME_BYTES] {
        let mut vera = north.visitor().await?;
        vera.socket.send_text(&"x".repeat(size)).await?;
        if size == limits::FRAME_BYTES + 1 {
            let frame = vera.socket.next_frame().await?.context("an error")?;
            let Event::Error { error } = frame.event else {
                anyhow::bail!("an error, not {frame:?}");
            };
            assert_eq!(error.code, ErrorCode::TooLarge);
            assert!(error.message.contains("49152 bytes"), "{}", error.message);
            assert!(error.message.contains("4000 characters"));
        }
        assert_eq!(
            vera.socket.closed().await?,
            Some(CloseCode::TooLarge.code()),
            "{size} bytes"
        );
    }
    assert_eq!(viktor.socket.request(Command::Ping).await?, Event::Pong);
    Ok(())
}

async fn a_connection_requires_hello_and_a_valid_token(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let host = north.server.host();
    let mut rude = Socket::open(&host).await?;
    rude.send_text(r#"{"id":1,"command":{"type":"subscribe_inbox"}}"#)
        .await?;
    assert_eq!(error_code(&mut rude).await?, ErrorCode::NotReady);
    assert_eq!(rude.closed().await?, Some(CloseCode::Protocol.code()));

    let vera = north.visitor().await?;
    let mut forged = vera.token.clone();
    forged.replace_range(forged.len() - 4.., "AAAA");
    // {"alg":"none"} with Vera's own claims and no signature.
    let claims = vera.token.split('.').nth(1).unwrap_or_default();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{claims}.");
    for token in [
        None,
        Some(""),
        Some("nonsense"),
        Some(forged.as_str()),
        Some(unsigned.as_str()),
    ] {
        let mut socket = Socket::open(&host).await?;
        let hello = Command::Hello {
            level: 1,
            token: token.map(str::to_owned),
        };
        let Event::Error { error } = socket.request(hello).await? else {
            anyhow::bail!("refused")
        };
        assert_eq!(error.code, ErrorCode::Unauthenticated, "{token:?}");
        assert_eq!(
            socket.closed().await?,
            Some(CloseCode::Unauthenticated.code())
        );
    }
    assert!(
        Socket::open_with(&host, &[("origin", "https://evil.example".to_owned())])
            .await
            .is_err()
    );
    Ok(())
}

async fn an_expired_token_gets_the_code_to_renew_it(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let host = north.server.host();
    let mut viktor = north.visitor().await?;
    let vera = north.visitor().await?;
    let ada = north.server.expired(&north.ada_token)?;
    for token in [north.server.expired(&vera.token)?, ada.clone()] {
        let mut socket = Socket::open(&host).await?;
        let hello = Command::Hello {
            level: 1,
            token: Some(token),
        };
        let Event::Error { error } = socket.request(hello).await? else {
            anyhow::bail!("refused")
        };
        assert_eq!(error.code, ErrorCode::TokenExpired);
        let code = socket.closed().await?;
        assert_eq!(code, Some(CloseCode::TokenExpired.code()));
        assert!(code.is_some_and(CloseCode::reconnects));
    }
    let me = north
        .server
        .request(reqwest::Method::GET, "/api/v1/me")
        .bearer_auth(ada)
        .send()
        .await?;
    assert_eq!(me.status(), 401);
    let error: deskbell_protocol::ErrorBody = me.json().await?;
    assert_eq!(error.code, ErrorCode::TokenExpired);
    assert_eq!(viktor.socket.request(Command::Ping).await?, Event::Pong);
    Ok(())
}

async fn a_connection_ends_when_its_token_expires(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let token = north.server.expiring(&north.ada_token, now + 2)?;
    let mut ada = Person::connect(&north.server, &token).await?;
    assert_eq!(ada.socket.request(Command::Ping).await?, Event::Pong);
    let code = ada.socket.closed().await?;
    assert_eq!(code, Some(CloseCode::TokenExpired.code()));
    Ok(())
}

async fn texts_that_are_blank_or_too_long_are_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    for text in [
        String::new(),
        " \n ".to_owned(),
        "é".repeat(limits::TEXT_CHARS + 1),
    ] {
        let client_id = vera.next_client_id();
        assert_eq!(
            vera.refused(Command::Start { client_id, text }).await?.code,
            ErrorCode::Invalid
        );
    }
    let id = vera.start(&"é".repeat(limits::TEXT_CHARS)).await?.id;
    let nowhere = ConversationId::from_parts(1, [7; 10]);
    let client_id = vera.next_client_id();
    let lost = Command::Send {
        conversation_id: nowhere,
        client_id,
        text: "Hello?".to_owned(),
        assignee: None,
    };
    assert_eq!(vera.refused(lost).await?.code, ErrorCode::NotFound);
    vera.send_message(id, "Still here.").await?;
    Ok(())
}

async fn a_message_of_invisible_characters_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut ada, mut vera) = (north.ada().await?, north.visitor().await?);
    let conversation_id = vera.start("Hello?").await?.id;
    ada.change(Command::Claim { conversation_id }).await?;
    for text in [
        "\0",
        "\u{200b}",
        "\u{200d}\u{200c}",
        "\u{202e} \u{feff}",
        "\u{ad}\u{2028}",
    ] {
        let start = Command::Start {
            client_id: vera.next_client_id(),
            text: text.to_owned(),
        };
        let refused = vera.refused(start).await?;
        assert_eq!(refused.code, ErrorCode::Invalid, "{text:?}");
        assert_eq!(refused.message, "Enter a message.", "{text:?}");
        for person in [&mut ada, &mut vera] {
            let send = Command::Send {
                conversation_id,
                client_id: person.next_client_id(),
                text: text.to_owned(),
                assignee: None,
            };
            assert_eq!(
                person.refused(send).await?.code,
                ErrorCode::Invalid,
                "{text:?}"
            );
        }
    }
    // Joiners between visible characters are part of them.
    let family = "👩\u{200d}👧";
    assert_eq!(vera.send_message(conversation_id, family).await?, 3);
    let history = ada.follow(conversation_id, Some(2)).await?;
    let text = family.to_owned();
    assert_eq!(history[0].body, Body::Text { text });
    Ok(())
}

async fn invalid_bodies_get_an_error_body(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let url = "/api/v1/auth/sign-in";
    let response = north.server.post(url, json!({ "email": 7 })).await?;
    assert_eq!(response.status(), 400);
    let large = north
        .server
        .post(
            url,
            json!({ "email": "a".repeat(2 * limits::BODY_BYTES), "password": "" }),
        )
        .await?;
    assert_eq!(large.status(), 413);
    let unknown = north
        .server
        .post("/api/v1/visitors", json!({ "site_key": "nowhere" }))
        .await?;
    assert_eq!(unknown.status(), 404);
    let damaged =
        deskbell_testkit::people::visitor_token(&north.server, &north.site_key, Some("damaged"))
            .await?;
    Person::connect(&north.server, &damaged.token).await?;
    Ok(())
}

async fn text_with_nul_is_refused_in_every_field(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let nul = "ada\0@north.example";
    for (path, body) in [
        ("auth/sign-in", json!({ "email": nul, "password": "" })),
        (
            "auth/send-verification",
            json!({ "email": nul, "password": "" }),
        ),
        ("auth/forgot-password", json!({ "email": nul })),
        ("visitors", json!({ "site_key": "\0" })),
    ] {
        let refused = north.server.post(&format!("/api/v1/{path}"), body).await?;
        assert_eq!(code(refused).await?, (400, ErrorCode::BadRequest), "{path}");
    }
    for path in ["/widget/frame?site=%00", "/avatars/%00", "/assets/a%00b"] {
        let refused = north.server.get(path).await?;
        assert_eq!(code(refused).await?, (400, ErrorCode::BadRequest), "{path}");
    }
    for path in [
        "audit?action=%00",
        "audit/export?target=a%00",
        "operator/users?search=%00",
    ] {
        let path = format!("/api/v1/{path}");
        let refused = request_as(&north.server, Method::GET, &path, &north.ada_token, None).await?;
        assert_eq!(code(refused).await?, (400, ErrorCode::BadRequest), "{path}");
    }
    // A backslash before the escape makes it six harmless characters.
    let harmless = json!({ "email": "ada\\u0000@north.example", "password": "" });
    let answer = north.server.post("/api/v1/auth/sign-in", harmless).await?;
    assert_eq!(code(answer).await?, (401, ErrorCode::BadCredentials));
    Ok(())
}
