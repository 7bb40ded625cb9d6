//! Blocks, and attacks on the HTTP interface.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use deskbell_protocol::api::workspace::blocks::{Block, Blocks};
use deskbell_protocol::{CloseCode, Command, ErrorCode, Event, LEVEL};
use deskbell_store::workspace::blocks;
use deskbell_testkit::people::{Person, visitor_token};
use deskbell_testkit::server::{Database, TestServer};
use deskbell_testkit::socket::Socket;
use futures_util::future::try_join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::api::{code, fetch, request_as};
use crate::{North, on_both};

on_both!(
    a_blocked_visitor_is_disconnected_and_refused_afterwards,
    concurrent_visitors_each_get_their_own_conversation_and_a_blocked_one_is_refused,
    a_blocked_network_matches_every_spelling_of_its_addresses,
    only_admins_create_blocks_in_their_own_workspace,
    invalid_blocks_are_refused,
    a_network_blocked_by_the_platform_gets_no_answer,
    no_other_origin_may_call_the_api,
    a_body_that_is_too_large_is_refused,
    a_path_with_parent_segments_is_not_found,
    script_in_any_field_is_returned_as_text,
);

async fn block(north: &North, by: &str, body: Value) -> Result<Response> {
    request_as(
        &north.server,
        Method::POST,
        "/api/v1/blocks",
        by,
        Some(body),
    )
    .await
}

async fn blocked(north: &North, body: Value) -> Result<Block> {
    let made = block(north, &north.ada_token, body).await?;
    anyhow::ensure!(made.status() == 201, "{}", made.text().await?);
    Ok(made.json().await?)
}

async fn lift(north: &North, by: &str, block: &Block) -> Result<u16> {
    let path = format!("/api/v1/blocks/{}", block.id);
    let lifted = request_as(&north.server, Method::DELETE, &path, by, None).await?;
    Ok(lifted.status().as_u16())
}

/// Requests a visitor's token from an address behind our proxy.
async fn arrive_from(server: &TestServer, key: &str, address: &str) -> Result<Response> {
    let request = server.request(Method::POST, "/api/v1/visitors");
    let request = request.header("x-forwarded-for", address);
    Ok(request.json(&json!({ "site_key": key })).send().await?)
}

async fn concurrent_visitors_each_get_their_own_conversation_and_a_blocked_one_is_refused(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let mut known = Vec::new();
    for writes in [true, false].into_iter().cycle().take(24) {
        let mut person = north.visitor().await?;
        let own = match writes {
            true => Some(person.start("Hello.").await?),
            false => None,
        };
        known.push((person.token, own));
    }
    let rude = known[0].1.as_ref().context("a conversation")?.visitor.id;
    blocked(&north, json!({ "visitor_id": rude })).await?;
    let host = north.server.host();
    let coming = known.iter().map(async |(token, _)| {
        let token = Some(token.clone());
        let mut socket = Socket::open(&host).await?;
        socket
            .request(Command::Hello {
                level: LEVEL,
                token,
            })
            .await
    });
    let mut answers = try_join_all(coming).await?.into_iter();
    let first = answers.next();
    assert!(
        matches!(&first, Some(Event::Error { error }) if error.code == ErrorCode::Blocked),
        "{first:?}"
    );
    for (answer, (_, own)) in answers.zip(&known[1..]) {
        let Event::Welcome { conversation, .. } = answer else {
            anyhow::bail!("welcome, not {answer:?}");
        };
        assert_eq!(conversation.as_ref(), own.as_ref());
    }
    Ok(())
}

async fn a_blocked_visitor_is_disconnected_and_refused_afterwards(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let id = vera.start("Rude words.").await?.visitor.id;
    let made = blocked(&north, json!({ "visitor_id": id, "note": "Rude." })).await?;
    let code_of_end = vera.socket.closed().await?.context("a code")?;
    assert_eq!(code_of_end, CloseCode::Blocked.code());
    assert!(!CloseCode::reconnects(code_of_end));
    assert!(Person::connect(&north.server, &vera.token).await.is_err());
    let body = json!({ "site_key": north.site_key, "token": vera.token });
    let refused = north.server.post("/api/v1/visitors", body).await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::Blocked));
    viktor.start("Kind words.").await?;
    let again = block(&north, &north.ada_token, json!({ "visitor_id": id })).await?;
    assert_eq!(again.status(), 409);
    let all: Blocks = fetch(
        &north.server,
        Method::GET,
        "/api/v1/blocks",
        &north.ada_token,
    )
    .await?;
    assert_eq!(all.blocks, std::slice::from_ref(&made));
    assert_eq!(lift(&north, &north.ada_token, &made).await?, 204);
    Person::connect(&north.server, &vera.token).await?;
    Ok(())
}

async fn a_blocked_network_matches_every_spelling_of_its_addresses(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    blocked(&north, json!({ "network": "::ffff:203.0.113.0/120" })).await?;
    blocked(&north, json!({ "network": "2001:db8::1" })).await?;
    let (server, key) = (&north.server, north.site_key.as_str());
    for address in [
        "203.0.113.9",
        "::ffff:203.0.113.9",
        "2001:db8::ffff",
        "[2001:db8::2]:443",
    ] {
        let refused = arrive_from(server, key, address).await?;
        assert_eq!(code(refused).await?, (403, ErrorCode::Blocked), "{address}");
    }
    for address in [
        "203.0.114.9",
        "2001:db8:0:1::1",
        "203.0.113.9, 198.51.100.7",
    ] {
        assert_eq!(
            arrive_from(server, key, address).await?.status(),
            200,
            "{address}"
        );
    }
    let mut vera = north.visitor().await?;
    vera.start("Hello?").await?;
    let here = blocked(&north, json!({ "network": "127.0.0.1" })).await?;
    assert_eq!(vera.socket.closed().await?, Some(CloseCode::Blocked.code()));
    let mut ada = north.ada().await?;
    ada.socket
        .request(Command::Ping)
        .await
        .context("members are not meant")?;
    let stella = north.server.register("Stella", "South").await?;
    assert_eq!(lift(&north, &stella, &here).await?, 404);
    Ok(())
}

async fn only_admins_create_blocks_in_their_own_workspace(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello?").await?.visitor.id;
    assert_eq!(
        block(&north, &ben, json!({ "visitor_id": id }))
            .await?
            .status(),
        403
    );
    let stella = north.server.register("Stella", "South").await?;
    assert_eq!(
        block(&north, &stella, json!({ "visitor_id": id }))
            .await?
            .status(),
        404
    );
    let made = block(&north, &stella, json!({ "network": "127.0.0.1" })).await?;
    assert_eq!(made.status(), 201, "of South alone");
    vera.socket.request(Command::Ping).await?;
    visitor_token(&north.server, &north.site_key, None).await?;
    let all: Blocks = fetch(
        &north.server,
        Method::GET,
        "/api/v1/blocks",
        &north.ada_token,
    )
    .await?;
    assert!(all.blocks.is_empty());
    Ok(())
}

async fn invalid_blocks_are_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for body in [
        json!({}),
        json!({ "network": "0.0.0.0/0" }),
        json!({ "network": "::/0" }),
        json!({ "network": "::ffff:0.0.0.0/96" }),
        json!({ "network": "localhost" }),
        json!({ "network": "203.0.113.9", "note": "two\nlines" }),
        json!({ "network": "203.0.113.9", "note": "x".repeat(201) }),
    ] {
        let refused = block(&north, &north.ada_token, body.clone()).await?;
        assert_eq!(code(refused).await?, (422, ErrorCode::Invalid), "{body}");
    }
    Ok(())
}

async fn a_network_blocked_by_the_platform_gets_no_answer(database: Database) -> Result<()> {
    let mut north = North::new(database).await?;
    let store = north.server.store().await?;
    let ada = deskbell_store::identity::users::find_user_by_email(
        &mut store.read().await?,
        "ada@north.example",
    )
    .await?;
    let mut tx = store.begin(0).await?;
    let ada = ada.context("Ada")?.id;
    blocks::create_platform_block(&mut tx, ada, "198.51.100.0/24", "Floods.").await?;
    tx.commit().await?;
    store.close().await;
    north.server.restart().await?;
    let refused = arrive_from(&north.server, &north.site_key, "198.51.100.7").await?;
    assert_eq!(code(refused).await?, (403, ErrorCode::Blocked));
    assert_eq!(
        arrive_from(&north.server, &north.site_key, "198.51.101.7")
            .await?
            .status(),
        200
    );
    let page = north
        .server
        .request(Method::GET, "/")
        .header("x-forwarded-for", "::ffff:198.51.100.7");
    assert_eq!(page.send().await?.status(), 403);
    Ok(())
}

async fn no_other_origin_may_call_the_api(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for (method, path) in [
        (Method::OPTIONS, "/api/v1/visitors"),
        (Method::POST, "/api/v1/visitors"),
        (Method::GET, "/api/v1/me"),
        (Method::GET, "/api/v1/socket"),
    ] {
        // Also the origin with the widget: its frame is one of our pages.
        for origin in ["https://shop.example", "https://evil.example", "null"] {
            let request = north
                .server
                .request(method.clone(), path)
                .header("origin", origin);
            let request = request.header("access-control-request-method", "POST");
            let response = request
                .json(&json!({ "site_key": north.site_key }))
                .send()
                .await?;
            assert!(
                !response.status().is_success(),
                "{method} {path} from {origin}"
            );
            let is_allowed = response
                .headers()
                .keys()
                .any(|name| name.as_str().starts_with("access-control"));
            assert!(!is_allowed, "{method} {path}: nothing is allowed");
        }
    }
    Ok(())
}

async fn a_body_that_is_too_large_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let large = json!({ "name": "x".repeat(70_000) });
    for (method, path) in [
        (Method::POST, "/api/v1/sites"),
        (Method::PATCH, "/api/v1/workspace"),
        (Method::POST, "/api/v1/invitations"),
        (Method::POST, "/api/v1/blocks"),
    ] {
        let response = request_as(
            &north.server,
            method,
            path,
            &north.ada_token,
            Some(large.clone()),
        )
        .await?;
        assert_eq!(code(response).await?, (413, ErrorCode::TooLarge), "{path}");
    }
    let visitor = json!({ "site_key": north.site_key, "token": "x".repeat(70_000) });
    assert_eq!(
        north
            .server
            .post("/api/v1/visitors", visitor)
            .await?
            .status(),
        413
    );
    Ok(())
}

async fn a_path_with_parent_segments_is_not_found(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let host = north.server.host();
    for path in [
        "/assets/../secret.key",
        "/assets/..%2fsecret.key",
        "/assets/..%2f..%2f..%2fCargo.toml",
        "/assets/%2e%2e/%2e%2e/data/secret.key",
        "/assets/..\\secret.key",
        "/assets//etc/passwd",
        "/assets/%00",
        "/app/../../secret.key",
        "/app/..%2f..%2f..%2fetc%2fpasswd",
        "/deskbell.js/../secret.key",
    ] {
        let answer = raw(&host, path).await?;
        let status = answer.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(
            !answer.contains("root:") && !answer.contains("[workspace]"),
            "{path}"
        );
        let page_of_ours = path.starts_with("/app");
        assert!(
            page_of_ours || matches!(status.as_str(), "400" | "404"),
            "{path}: {status}"
        );
    }
    Ok(())
}

/// Requests a path as it is written: clients normalise it.
async fn raw(host: &str, path: &str) -> Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let port: u16 = host.rsplit(':').next().context("a port")?.parse()?;
    let mut stream = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn script_in_any_field_is_returned_as_text(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let script = "<script>alert(1)</script>";
    let (ada, server) = (&north.ada_token, &north.server);
    request_as(
        server,
        Method::PATCH,
        "/api/v1/workspace",
        ada,
        Some(json!({ "name": script })),
    )
    .await?;
    let site = json!({ "name": script, "widget": { "title": script, "greeting": script } });
    let site = request_as(server, Method::POST, "/api/v1/sites", ada, Some(site)).await?;
    let site: Value = site.json().await?;
    let key = site["key"].as_str().context("a key")?;
    assert!(
        !site["snippet"]
            .as_str()
            .context("a snippet")?
            .contains("alert")
    );
    let note = json!({ "network": "203.0.113.9", "note": script });
    blocked(&north, note).await?;
    let identity = json!({ "external_id": script, "name": script, "email": "<script>@x.example" });
    let body = json!({ "site_key": key, "identity": identity });
    let token: Value = server.post("/api/v1/visitors", body).await?.json().await?;
    let token = token["token"].as_str().context("a token")?;
    let mut vera = Person::connect(server, token).await?;
    let head = vera.start(script).await?;
    assert_eq!(
        (head.visitor.name.as_str(), head.preview.as_str()),
        (script, script)
    );
    let visitor = format!("/api/v1/visitors/{}", head.visitor.id);
    for path in [
        "/api/v1/workspace",
        "/api/v1/sites",
        "/api/v1/blocks",
        "/api/v1/conversations",
        "/api/v1/audit",
        &visitor,
    ] {
        let answer = request_as(server, Method::GET, path, ada, None).await?;
        let headers = answer.headers();
        assert_eq!(headers["content-type"], "application/json", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        let policy = headers["content-security-policy"].to_str()?.to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(
            answer.text().await?.contains("alert(1)"),
            "{path} keeps it as it was written"
        );
    }
    for name in [script, "Nora<b>"] {
        let body = json!({ "name": name, "email": "nora@north.example", "password": "Rings-2-bells", "workspace": "West" });
        let refused = server.post("/api/v1/auth/register", body).await?;
        assert_eq!(refused.status(), 422, "a person's name has letters");
    }
    Ok(())
}
