//! Permissions: callers cannot see or change what is not theirs, not even that it exists.

use anyhow::Result;
use deskbell_protocol::{Command, ErrorBody, ErrorCode, Event};
use deskbell_testkit::people::{Person, SNAPSHOT, visitor_token};
use deskbell_testkit::server::Database;
use reqwest::Method;
use serde_json::json;

use crate::{North, on_both};

on_both!(
    a_visitor_never_receives_a_frame_about_another,
    an_agent_of_south_cannot_access_north,
    a_visitor_cannot_run_agent_commands,
    the_panel_can_be_framed_by_the_sites_origins_only,
    pages_with_an_embedder_policy_can_embed_the_frames,
    a_returning_visitor_is_the_same_one,
    every_refusal_has_the_same_error_body,
    names_are_stored_as_they_are_written,
    names_with_invisible_or_bidirectional_characters_are_refused,
    names_of_joiners_alone_are_refused,
);

async fn a_visitor_never_receives_a_frame_about_another(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (mut vera, mut viktor) = (north.visitor().await?, north.visitor().await?);
    let veras = vera.start("My card number is secret.").await?.id;
    let viktors = viktor.start("Hello.").await?.id;
    viktor.follow(viktors, None).await?;
    let client_id = viktor.next_client_id();
    for command in [
        Command::Subscribe {
            conversation_id: veras,
            after_seq: None,
        },
        Command::Load {
            conversation_id: veras,
            before_seq: 10,
        },
        Command::Send {
            conversation_id: veras,
            client_id,
            text: "I am Vera.".to_owned(),
            assignee: None,
        },
    ] {
        assert_eq!(viktor.refused(command).await?.code, ErrorCode::NotFound);
    }
    vera.send_message(veras, "Are you there?").await?;
    viktor.send_message(viktors, "Mine.").await?;
    let message = viktor.next_message().await?;
    assert_eq!(message.conversation_id, viktors);
    assert_eq!(
        vera.follow(veras, None).await?.len(),
        2,
        "nothing was written in her name"
    );
    Ok(())
}

async fn an_agent_of_south_cannot_access_north(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let stella = north.server.register("Stella", "South").await?;
    let mut stella = Person::connect(&north.server, &stella).await?;
    stella.socket.request(SNAPSHOT).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("For north only.").await?.id;
    let client_id = stella.next_client_id();
    for command in [
        Command::Subscribe {
            conversation_id: id,
            after_seq: None,
        },
        Command::Load {
            conversation_id: id,
            before_seq: 10,
        },
        Command::Claim {
            conversation_id: id,
        },
        Command::Resolve {
            conversation_id: id,
        },
        Command::Reopen {
            conversation_id: id,
        },
        Command::Close {
            conversation_id: id,
        },
        Command::Send {
            conversation_id: id,
            client_id,
            text: "Psst.".to_owned(),
            assignee: None,
        },
    ] {
        assert_eq!(
            stella.refused(command.clone()).await?.code,
            ErrorCode::NotFound,
            "{command:?}"
        );
    }
    let Event::Inbox { conversations, .. } = stella.socket.request(SNAPSHOT).await? else {
        anyhow::bail!("the inbox");
    };
    assert!(conversations.is_empty());
    assert_eq!(stella.socket.request(Command::Ping).await?, Event::Pong);
    Ok(())
}

async fn a_visitor_cannot_run_agent_commands(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Hello.").await?.id;
    for command in [
        SNAPSHOT,
        Command::Claim {
            conversation_id: id,
        },
        Command::Resolve {
            conversation_id: id,
        },
        Command::Reopen {
            conversation_id: id,
        },
        Command::Close {
            conversation_id: id,
        },
    ] {
        assert_eq!(
            vera.refused(command.clone()).await?.code,
            ErrorCode::Forbidden,
            "{command:?}"
        );
    }
    let me = north
        .server
        .request(reqwest::Method::GET, "/api/v1/me")
        .bearer_auth(&vera.token)
        .send()
        .await?;
    assert_eq!(
        me.status(),
        401,
        "a visitor's token opens nothing of an agent's"
    );
    Ok(())
}

async fn the_panel_can_be_framed_by_the_sites_origins_only(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let policy = async |key: &str| -> Result<String> {
        let response = north
            .server
            .get(&format!("/widget/frame?site={key}"))
            .await?;
        Ok(response.headers()["content-security-policy"]
            .to_str()?
            .to_owned())
    };
    assert!(
        policy(&north.site_key)
            .await?
            .ends_with("frame-ancestors https://shop.example")
    );
    assert!(policy("unknown").await?.ends_with("frame-ancestors 'none'"));
    Ok(())
}

async fn pages_with_an_embedder_policy_can_embed_the_frames(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for page in ["frame", "basic"] {
        let path = format!("/widget/{page}?site={}", north.site_key);
        let response = north.server.get(&path).await?;
        let header = |name: &str| response.headers()[name].to_str().map(str::to_owned);
        assert_eq!(header("cross-origin-embedder-policy")?, "require-corp");
        assert_eq!(header("cross-origin-resource-policy")?, "cross-origin");
        assert!(
            header("content-security-policy")?.ends_with("frame-ancestors https://shop.example")
        );
    }
    for script in ["deskbell.js", "deskbell-panel.js", "deskbell-replies.js"] {
        let response = north.server.get(&format!("/{script}")).await?;
        assert_eq!(
            response.headers()["cross-origin-resource-policy"],
            "cross-origin"
        );
    }
    Ok(())
}

async fn a_returning_visitor_is_the_same_one(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let first = visitor_token(&north.server, &north.site_key, None).await?;
    let second = visitor_token(&north.server, &north.site_key, Some(&first.token)).await?;
    assert_eq!(first.visitor_id, second.visitor_id);
    let stranger = visitor_token(&north.server, &north.site_key, Some("not one of ours")).await?;
    assert_ne!(first.visitor_id, stranger.visitor_id);
    Ok(())
}

async fn every_refusal_has_the_same_error_body(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for (method, path) in [
        (Method::GET, "/api/v1/socket"),
        (Method::GET, "/widget/frame?site=a&site=b"),
        (Method::POST, "/healthz"),
        (Method::POST, "/readyz"),
        (Method::DELETE, "/api/v1/me"),
        (Method::GET, "/nothing"),
        (Method::GET, "/assets/%ff"),
        (Method::GET, "/avatars/%ff"),
        (Method::GET, "/api/v1/visitors/%ff"),
        (Method::POST, "/setup"),
        (Method::POST, "/api/v1/setup"),
        (Method::GET, "/api/v1/audit?limit=x"),
    ] {
        let request = north.server.request(method.clone(), path);
        let refused = request.bearer_auth(&north.ada_token).send().await?;
        let status = refused.status();
        assert!(status.is_client_error(), "{method} {path}: {status}");
        for header in ["content-security-policy", "x-content-type-options"] {
            assert!(refused.headers().contains_key(header), "{method} {path}");
        }
        let text = refused.text().await?;
        let body: Result<ErrorBody, _> = serde_json::from_str(&text);
        assert!(body.is_ok(), "{method} {path}: {status} {text}");
    }
    Ok(())
}

async fn names_are_stored_as_they_are_written(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for name in [
        "အောင်ဆန်း",
        "ស្រី",
        "ශ්\u{200d}රී",
        "علی\u{200c}رضا",
        "अनुष्का",
        "สมหญิง",
        "Nguyễn Thị Ánh",
        "Jean-Luc O’Neill",
    ] {
        let request = north.server.request(Method::PATCH, "/api/v1/me");
        let request = request.bearer_auth(&north.ada_token);
        let called = request.json(&json!({ "name": name })).send().await?;
        assert_eq!(called.status(), 200, "{name}");
        let me: serde_json::Value = called.json().await?;
        assert_eq!(me["name"], name);
    }
    Ok(())
}

async fn names_with_invisible_or_bidirectional_characters_are_refused(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let send = async |method: Method, path: &str, body: serde_json::Value| -> Result<u16> {
        let request = north.server.request(method, path);
        let request = request.bearer_auth(&north.ada_token).json(&body);
        Ok(request.send().await?.status().as_u16())
    };
    for c in [
        '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{ad}', '\u{2028}',
    ] {
        let turned = format!("Ada{c}nhoJ");
        for (method, path, body) in [
            (Method::PATCH, "/api/v1/me", json!({ "name": turned })),
            (
                Method::PATCH,
                "/api/v1/workspace",
                json!({ "name": turned }),
            ),
            (
                Method::POST,
                "/api/v1/sites",
                json!({ "name": turned, "allowed_origins": [] }),
            ),
            (
                Method::POST,
                "/api/v1/tokens",
                json!({ "name": turned, "scopes": ["audit:read"] }),
            ),
            (
                Method::POST,
                "/api/v1/blocks",
                json!({ "network": "203.0.113.9", "note": turned }),
            ),
        ] {
            assert_eq!(send(method, path, body).await?, 422, "{path} {c:?}");
        }
        let identity = json!({ "name": turned, "external_id": "7" });
        let body = json!({ "site_key": north.site_key, "identity": identity });
        let visitor = north.server.post("/api/v1/visitors", body).await?;
        let visitor: serde_json::Value = visitor.json().await?;
        let path = format!(
            "/api/v1/visitors/{}",
            visitor["visitor_id"].as_str().unwrap_or_default()
        );
        let request = north.server.request(Method::GET, &path);
        let seen = request.bearer_auth(&north.ada_token).send().await?;
        let seen: serde_json::Value = seen.json().await?;
        assert_eq!(seen["name"], "AdanhoJ", "{c:?}");
    }
    // A joiner has no meaning in a script whose letters are not connected.
    assert_eq!(
        send(
            Method::PATCH,
            "/api/v1/me",
            json!({ "name": "A\u{200d}da" })
        )
        .await?,
        422
    );
    Ok(())
}

async fn names_of_joiners_alone_are_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for name in ["\u{200d}\u{200d}", "\u{200c} \u{200c}"] {
        for (method, path, body) in [
            (Method::PATCH, "/api/v1/me", json!({ "name": name })),
            (Method::PATCH, "/api/v1/workspace", json!({ "name": name })),
            (
                Method::POST,
                "/api/v1/sites",
                json!({ "name": name, "allowed_origins": [] }),
            ),
            (
                Method::POST,
                "/api/v1/tokens",
                json!({ "name": name, "scopes": ["audit:read"] }),
            ),
        ] {
            let request = north.server.request(method, path);
            let request = request.bearer_auth(&north.ada_token).json(&body);
            assert_eq!(request.send().await?.status(), 422, "{path} {name:?}");
        }
        let identity = json!({ "name": name, "external_id": "7" });
        let body = json!({ "site_key": north.site_key, "identity": identity });
        let visitor = north.server.post("/api/v1/visitors", body).await?;
        let visitor: serde_json::Value = visitor.json().await?;
        let token = visitor["token"].as_str().unwrap_or_default();
        let mut nobody = Person::connect(&north.server, token).await?;
        let head = nobody.start("Hello?").await?;
        assert_eq!(head.visitor.name, "Visitor", "{name:?}");
    }
    Ok(())
}
