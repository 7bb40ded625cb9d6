//! API tokens: their permissions and their expiry.

use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_protocol::api::platform::audit::AuditEntries;
use deskbell_protocol::api::workspace::tokens::{ApiTokens, CreatedToken};
use deskbell_protocol::{CloseCode, Command, ErrorBody, ErrorCode, Event};
use deskbell_testkit::people::{Person, SNAPSHOT};
use deskbell_testkit::server::Database;
use deskbell_testkit::socket::Socket;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{North, on_both};

on_both!(
    a_program_reads_with_its_token_and_the_use_is_recorded,
    a_token_allows_its_scopes_only,
    a_revoked_token_is_refused_and_its_sockets_close,
    an_expired_token_is_refused_as_expired,
    a_socket_closes_when_its_token_expires,
    a_token_has_at_most_an_agents_rights_and_sees_no_invitation_link,
    only_admins_create_tokens_and_tokens_create_none,
    invalid_token_requests_are_refused,
);

async fn request(north: &North, method: Method, path: &str, token: &str) -> Result<Response> {
    let request = north.server.request(method, path).bearer_auth(token);
    Ok(request.send().await?)
}

async fn create(north: &North, by: &str, body: Value) -> Result<Response> {
    let request = north.server.request(Method::POST, "/api/v1/tokens");
    Ok(request.bearer_auth(by).json(&body).send().await?)
}

async fn token(north: &North, scopes: &[&str]) -> Result<CreatedToken> {
    let body = json!({ "name": "Reports", "scopes": scopes });
    let response = create(north, &north.ada_token, body).await?;
    assert_eq!(response.status(), 201);
    Ok(response.json().await?)
}

async fn a_program_reads_with_its_token_and_the_use_is_recorded(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let made = token(&north, &["conversations:read"]).await?;
    assert!(made.secret.ends_with(&made.token.hint));
    let list = "/api/v1/conversations";
    assert_eq!(
        request(&north, Method::GET, list, &made.secret)
            .await?
            .status(),
        200
    );
    let listed = request(&north, Method::GET, "/api/v1/tokens", &north.ada_token).await?;
    let text = listed.text().await?;
    assert!(!text.contains(&made.secret), "it is shown once");
    let listed: ApiTokens = serde_json::from_str(&text)?;
    let noted = listed.tokens.first().context("it is listed")?;
    assert!(noted.last_used_at.is_some() && noted.last_used_address.is_some());
    assert_eq!(noted.made_by.name, "Ada");
    Ok(())
}

async fn a_token_allows_its_scopes_only(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut vera = north.visitor().await?;
    let conversation_id = vera.start("Hello?").await?.id;
    let reader = token(&north, &["conversations:read"]).await?.secret;
    let refused = request(&north, Method::GET, "/api/v1/audit", &reader).await?;
    assert_eq!(refused.status(), 403);
    let error: ErrorBody = refused.json().await?;
    assert!(error.message.contains("audit:read"), "{}", error.message);
    let mut program = Person::connect(&north.server, &reader).await?;
    let followed = program.socket.request(SNAPSHOT).await?;
    assert!(matches!(followed, Event::Inbox { .. }), "{followed:?}");
    let refused = program.refused(Command::Claim { conversation_id }).await?;
    assert_eq!(refused.code, ErrorCode::Forbidden);

    let writer = token(&north, &["conversations:read", "conversations:write"]).await?;
    let mut writer = Person::connect(&north.server, &writer.secret).await?;
    let claimed = writer.change(Command::Claim { conversation_id }).await?;
    let assignee = claimed.assignee.context("it is claimed")?;
    assert_eq!(assignee.name, "Ada", "a token acts as its creator");

    let auditor = token(&north, &["audit:read"]).await?.secret;
    let log = request(&north, Method::GET, "/api/v1/audit", &auditor).await?;
    assert_eq!(log.status(), 200);
    assert!(Person::connect(&north.server, &auditor).await.is_err());
    let conversations = request(&north, Method::GET, "/api/v1/conversations", &auditor).await?;
    assert_eq!(conversations.status(), 403);
    Ok(())
}

async fn a_revoked_token_is_refused_and_its_sockets_close(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let made = token(&north, &["conversations:read"]).await?;
    let mut program = Person::connect(&north.server, &made.secret).await?;
    let mut ada = north.ada().await?;
    let path = format!("/api/v1/tokens/{}", made.token.id);
    let ended = request(&north, Method::DELETE, &path, &north.ada_token).await?;
    assert_eq!(ended.status(), 204);
    let again = request(&north, Method::DELETE, &path, &north.ada_token).await?;
    assert_eq!(again.status(), 404);
    assert_eq!(program.socket.closed().await?, Some(4501));
    assert_eq!(
        ada.socket.request(Command::Ping).await?,
        Event::Pong,
        "she stays"
    );
    let list = "/api/v1/conversations";
    assert_eq!(
        request(&north, Method::GET, list, &made.secret)
            .await?
            .status(),
        401
    );

    let log = request(&north, Method::GET, "/api/v1/audit", &north.ada_token).await?;
    let log: AuditEntries = log.json().await?;
    let actions = log.entries.iter().map(|entry| entry.action.as_str());
    assert_eq!(
        actions.collect::<Vec<_>>(),
        ["token.revoked", "token.created", "session.signed_in"]
    );
    assert_eq!(log.entries[0].target.name, "Reports");
    Ok(())
}

async fn an_expired_token_is_refused_as_expired(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let made = token(&north, &["conversations:read"]).await?;
    let list = "/api/v1/conversations";
    assert_eq!(
        request(&north, Method::GET, list, &made.secret)
            .await?
            .status(),
        200
    );
    let store = north.server.store().await?;
    store
        .execute("UPDATE api_tokens SET expires_at = 1")
        .await?;
    store.close().await;
    let refused = request(&north, Method::GET, list, &made.secret).await?;
    assert_eq!(refused.status(), 401);
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.code, ErrorCode::TokenExpired);
    assert!(error.message.contains("API token"), "{}", error.message);

    // The program must not connect again with the same token.
    let mut socket = Socket::open(&north.server.host()).await?;
    let hello = Command::Hello {
        level: 1,
        token: Some(made.secret.clone()),
    };
    let Event::Error { error } = socket.request(hello).await? else {
        anyhow::bail!("refused")
    };
    assert_eq!(error.code, ErrorCode::TokenExpired);
    let code = socket.closed().await?;
    assert_eq!(code, Some(CloseCode::Unauthenticated.code()));

    // A revoked token is invalid, also after its expiry.
    let path = format!("/api/v1/tokens/{}", made.token.id);
    request(&north, Method::DELETE, &path, &north.ada_token).await?;
    let refused = request(&north, Method::GET, list, &made.secret).await?;
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.code, ErrorCode::Unauthenticated);
    Ok(())
}

async fn only_admins_create_tokens_and_tokens_create_none(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let body = json!({ "name": "Mine", "scopes": ["conversations:read"] });
    assert_eq!(create(&north, &ben, body.clone()).await?.status(), 403);
    let all = token(
        &north,
        &["conversations:read", "members:write", "sites:write"],
    )
    .await?;
    assert_eq!(
        create(&north, &all.secret, body.clone()).await?.status(),
        403
    );
    let south = north.server.register("Stella", "South").await?;
    let path = format!("/api/v1/tokens/{}", all.token.id);
    let foreign = request(&north, Method::DELETE, &path, &south).await?;
    assert_eq!(foreign.status(), 404, "it does not exist for her");
    let nobody = north
        .server
        .request(Method::POST, "/api/v1/tokens")
        .json(&body);
    let nobody = nobody.header("x-deskbell", "1").send().await?;
    assert_eq!(nobody.status(), 401);
    Ok(())
}

async fn invalid_token_requests_are_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    for (body, field) in [
        (json!({ "name": "", "scopes": ["audit:read"] }), "name"),
        (json!({ "name": "A\nB", "scopes": ["audit:read"] }), "name"),
        (json!({ "name": "Reports", "scopes": [] }), "scopes"),
        (
            json!({ "name": "Reports", "scopes": ["audit:read"], "expires_at": 1 }),
            "expires_at",
        ),
    ] {
        let refused = create(&north, &north.ada_token, body).await?;
        assert_eq!(refused.status(), 422);
        let error: ErrorBody = refused.json().await?;
        assert!(error.fields.contains_key(field), "{field}: {error:?}");
    }
    let unknown = json!({ "name": "Reports", "scopes": ["everything"] });
    assert_eq!(
        create(&north, &north.ada_token, unknown).await?.status(),
        400
    );
    Ok(())
}

async fn a_socket_closes_when_its_token_expires(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let soon = std::time::SystemTime::now() + Duration::from_secs(2);
    let soon = soon.duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let body = json!({ "name": "Reports", "scopes": ["conversations:read"], "expires_at": u64::try_from(soon)? });
    let made: CreatedToken = create(&north, &north.ada_token, body).await?.json().await?;
    let mut program = Person::connect(&north.server, &made.secret).await?;
    assert_eq!(program.socket.closed().await?, Some(4501));
    Ok(())
}

async fn a_token_has_at_most_an_agents_rights_and_sees_no_invitation_link(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let program = token(&north, &["members:read", "members:write"])
        .await?
        .secret;
    let send = async |method: Method, path: &str, by: &str, body: Value| -> Result<Response> {
        let request = north.server.request(method, path).bearer_auth(by);
        Ok(request.json(&body).send().await?)
    };
    let invitations = "/api/v1/invitations";
    for body in [
        json!({ "role": "owner", "email": "eve@mail.example" }),
        json!({ "role": "admin", "email": "eve@mail.example" }),
        json!({ "role": "agent", "show_link": true }),
    ] {
        let refused = send(Method::POST, invitations, &program, body.clone()).await?;
        assert_eq!(refused.status(), 403, "{body}");
    }
    // Without a mail server a person gets the link; a program does not.
    let body = json!({ "role": "agent", "email": "dora@mail.example" });
    let invited = send(Method::POST, invitations, &program, body).await?;
    assert_eq!(invited.status(), 201);
    let invited: Value = invited.json().await?;
    assert!(invited["link"].is_null(), "{invited}");
    let id = invited["id"].as_str().context("an invitation")?;
    let resend = format!("{invitations}/{id}/resend");
    let again: Value = send(Method::POST, &resend, &program, Value::Null)
        .await?
        .json()
        .await?;
    assert!(again["link"].is_null(), "{again}");
    let by_ada = send(Method::POST, &resend, &north.ada_token, Value::Null).await?;
    let by_ada: Value = by_ada.json().await?;
    assert!(by_ada["link"].is_string(), "{by_ada}");

    let body = json!({ "role": "owner", "show_link": true });
    let made = send(Method::POST, invitations, &north.ada_token, body).await?;
    let made: Value = made.json().await?;
    let resend = format!(
        "{invitations}/{}/resend",
        made["id"].as_str().context("made")?
    );
    let refused = send(Method::POST, &resend, &program, Value::Null).await?;
    assert_eq!(
        refused.status(),
        403,
        "an owner's invitation is not a program's"
    );

    north.server.add_agent("Ben", "Ada").await?;
    let members = send(Method::GET, "/api/v1/members", &program, Value::Null).await?;
    let members: Value = members.json().await?;
    let mut members = members["members"].as_array().context("members")?.iter();
    let ben = members
        .find(|member| member["name"] == "Ben")
        .context("Ben")?;
    let path = format!(
        "/api/v1/members/{}",
        ben["user_id"].as_str().context("an id")?
    );
    for role in ["owner", "admin"] {
        let refused = send(Method::PATCH, &path, &program, json!({ "role": role })).await?;
        assert_eq!(refused.status(), 403, "{role}");
    }
    Ok(())
}
