//! The access of operators to workspaces, and its end.

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::{Me, Permissions};
use deskbell_protocol::api::platform::audit::AuditEntries;
use deskbell_protocol::api::platform::operator::{OperatedUsers, OperatedWorkspaces};
use deskbell_protocol::{Command, ErrorCode, Role};
use deskbell_testkit::people::{Person, visitor};
use deskbell_testkit::server::{Database, PASSWORD, cookie, email};
use reqwest::Method;
use serde_json::{Value, json};

use super::Platform;
use crate::on_both;

on_both!(
    an_operators_access_to_a_workspace_is_visible_and_ends,
    the_last_operator_cannot_be_demoted,
    a_former_operator_loses_access_to_entered_workspaces,
    every_end_of_operator_access_is_logged_in_the_workspace,
    an_operator_with_access_cannot_be_assigned_and_cannot_create_tokens,
    of_operators_who_demote_or_suspend_each_other_one_remains,
);

async fn an_operators_access_to_a_workspace_is_visible_and_ends(database: Database) -> Result<()> {
    let platform = Platform::new(database).await?;
    let south = platform.south().await?;
    let entered = platform.post(format!("operator/workspaces/{south}/enter"), Value::Null);
    let entered = entered.await?;
    assert_eq!(entered.status(), 200);
    let token = cookie(&entered, "deskbell_access").context("a cookie for South")?;
    let me: Me = entered.json().await?;
    assert!(me.entered && me.workspace.name == "South" && me.workspace.role == Role::Admin);
    assert_eq!(
        platform.me(&platform.north.ada_token).await?.status(),
        401,
        "the session has moved on"
    );
    let log = platform.request(Method::GET, "audit", &platform.stella, Value::Null);
    let log: AuditEntries = log.await?.json().await?;
    assert_eq!(log.entries[0].action, "operator.entered");
    assert_eq!(log.entries[0].actor.name, "Ada");
    let left = platform
        .request(Method::POST, "operator/leave", &token, Value::Null)
        .await?;
    let me: Me = left.json().await?;
    assert!(!me.entered && me.workspace.name == "North");
    Ok(())
}

async fn the_last_operator_cannot_be_demoted(database: Database) -> Result<()> {
    let platform = Platform::new(database).await?;
    let south = platform.south().await?;
    for (method, path) in [
        (Method::GET, "operator/workspaces".to_owned()),
        (Method::GET, format!("operator/workspaces/{south}")),
        (Method::POST, format!("operator/workspaces/{south}/enter")),
        (Method::GET, "operator/audit".to_owned()),
    ] {
        let refused = platform
            .request(method, &path, &platform.stella, Value::Null)
            .await?;
        assert_eq!(refused.status(), 403, "{path}");
    }
    let own = platform.get::<Me>("me").await?.user_id;
    let set = async |id: String, is_operator: bool| -> Result<u16> {
        let path = format!("operator/users/{id}/operator");
        let body = json!({ "is_operator": is_operator });
        let ada = &platform.north.ada_token;
        Ok(platform
            .request(Method::PUT, &path, ada, body)
            .await?
            .status()
            .as_u16())
    };
    assert_eq!(set(own.to_string(), false).await?, 409);
    let users: OperatedUsers = platform.get("operator/users?search=stella").await?;
    assert_eq!(set(users.users[0].id.to_string(), true).await?, 204);
    let usage = platform.request(Method::GET, "operator/usage", &platform.stella, Value::Null);
    assert_eq!(usage.await?.status(), 200);
    assert_eq!(set(own.to_string(), false).await?, 204);
    Ok(())
}

async fn a_former_operator_loses_access_to_entered_workspaces(database: Database) -> Result<()> {
    let platform = Platform::new(database).await?;
    platform.two_operators().await?;
    let (south, adas) = (platform.south().await?, platform.id("ada").await?);
    let inside = platform.enter(&south, &platform.north.ada_token).await?;
    let mut socket = Person::connect(&platform.north.server, &inside).await?;
    let path = format!("operator/users/{adas}/operator");
    let body = json!({ "is_operator": false });
    let unmade = platform.request(Method::PUT, path, &platform.stella, body);
    assert_eq!(unmade.await?.status(), 204);
    assert_eq!(socket.socket.closed().await?, Some(4501));
    assert_eq!(platform.me(&inside).await?.status(), 401);

    // An operator who is suspended while they have entered a workspace loses access.
    let (south, stella) = (south, platform.stella.clone());
    let again = json!({ "is_operator": true });
    let path = format!("operator/users/{adas}/operator");
    platform.request(Method::PUT, path, &stella, again).await?;
    let inside = platform
        .enter(&south, &platform.sign_in("Ada").await?)
        .await?;
    let mut socket = Person::connect(&platform.north.server, &inside).await?;
    let path = format!("operator/users/{adas}/suspend");
    let suspended = platform.request(Method::POST, path, &stella, Value::Null);
    assert_eq!(suspended.await?.status(), 204);
    assert_eq!(socket.socket.closed().await?, Some(4501));
    Ok(())
}

async fn an_operator_with_access_cannot_be_assigned_and_cannot_create_tokens(
    database: Database,
) -> Result<()> {
    let platform = Platform::new(database).await?;
    let stella: Me = platform.own_profile(&platform.stella).await?;
    assert!(stella.permissions.claim_conversations && stella.permissions.create_tokens);
    let south = stella.workspace.id.to_string();
    let inside = platform.enter(&south, &platform.north.ada_token).await?;
    let me: Me = platform.own_profile(&inside).await?;
    assert!(me.entered && me.workspace.role == Role::Admin);
    assert_eq!(me.permissions, Permissions::default());
    let body = json!({ "name": "Later", "scopes": ["conversations:read"] });
    let refused = platform
        .request(Method::POST, "tokens", &inside, body)
        .await?;
    assert_eq!(refused.status(), 403);
    let mut ada = Person::connect(&platform.north.server, &inside).await?;
    let site = json!({ "name": "South", "allowed_origins": [] });
    let site = platform
        .request(Method::POST, "sites", &platform.stella, site)
        .await?;
    let site: Value = site.error_for_status()?.json().await?;
    let key = site["key"].as_str().context("a key")?;
    let mut sven = visitor(&platform.north.server, key).await?;
    let conversation_id = sven.start("Hello?").await?.id;
    let send = Command::Send {
        conversation_id,
        client_id: ada.next_client_id(),
        text: "Hi.".to_owned(),
        assignee: None,
    };
    for command in [Command::Claim { conversation_id }, send] {
        assert_eq!(ada.refused(command).await?.code, ErrorCode::Forbidden);
    }
    assert_eq!(sven.follow(conversation_id, None).await?.len(), 1);
    Ok(())
}

async fn every_end_of_operator_access_is_logged_in_the_workspace(database: Database) -> Result<()> {
    let platform = Platform::new(database).await?;
    let server = &platform.north.server;
    let west = server.register("Wanda", "West").await?;
    let (south, north) = (
        platform.south().await?,
        platform.get::<Me>("me").await?.workspace.id,
    );
    let found: OperatedWorkspaces = platform.get("operator/workspaces?search=West").await?;
    let west_id = found.workspaces[0].id.to_string();

    let inside = platform.enter(&south, &platform.north.ada_token).await?;
    let inside = platform.enter(&west_id, &inside).await?;
    assert_eq!(
        platform.fetch(&platform.stella).await?[..2],
        ["operator.left", "operator.entered"]
    );
    let body = json!({ "workspace_id": north });
    let switched = platform
        .request(Method::POST, "auth/switch-workspace", &inside, body)
        .await?;
    assert_eq!(switched.status(), 200);
    assert_eq!(
        platform.fetch(&west).await?[..2],
        ["operator.left", "operator.entered"]
    );
    let body = json!({ "email": email("Ada"), "password": PASSWORD });
    let signed_in = server.post("/api/v1/auth/sign-in", body).await?;
    let home = cookie(&signed_in, "deskbell_access").context("signed in")?;
    let refresh = cookie(&signed_in, "deskbell_refresh").context("signed in")?;
    platform.enter(&south, &home).await?;
    let request = server.request(Method::POST, "/api/v1/auth/sign-out");
    let request = request.header("x-deskbell", "1");
    let out = request.header("cookie", format!("deskbell_refresh={refresh}"));
    assert_eq!(out.send().await?.status(), 204);
    assert_eq!(
        platform.fetch(&platform.stella).await?[..3],
        ["session.signed_out", "operator.left", "operator.entered"]
    );
    Ok(())
}

async fn of_operators_who_demote_or_suspend_each_other_one_remains(
    database: Database,
) -> Result<()> {
    let platform = Platform::new(database).await?;
    platform.two_operators().await?;
    let (ada, stella) = (platform.id("ada").await?, platform.id("stella").await?);
    let unmake = |id: &str, by: &str| {
        let path = format!("/api/v1/operator/users/{id}/operator");
        let request = platform.north.server.request(Method::PUT, &path);
        request
            .bearer_auth(by)
            .json(&json!({ "is_operator": false }))
            .send()
    };
    let suspend = |id: &str, by: &str| {
        let path = format!("/api/v1/operator/users/{id}/suspend");
        let request = platform.north.server.request(Method::POST, &path);
        request.bearer_auth(by).send()
    };
    let adas = &platform.north.ada_token;
    let (one, other) = tokio::join!(unmake(&stella, adas), suspend(&ada, &platform.stella));
    let done = [one?.status().as_u16(), other?.status().as_u16()];
    assert!(done.contains(&204), "{done:?}");
    let store = platform.north.server.store().await?;
    let left = "SELECT COUNT(*) FROM users WHERE is_operator AND suspended_at IS NULL";
    assert_eq!(store.count(left).await?, 1, "{done:?}");
    store.close().await;
    Ok(())
}
