//! The user's own sessions and profile.

use anyhow::{Context, Result};
use deskbell_protocol::CloseCode;
use deskbell_protocol::api::identity::account::{SignedInSession, SignedInSessions};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{North, on_both};

on_both!(
    ada_lists_her_sessions,
    a_session_revoked_from_another_browser_ends_at_once,
    all_other_sessions_are_revoked_together,
    a_users_sessions_cannot_be_revoked_by_others,
    ada_changes_her_name,
);

/// Signs in with this user agent; returns both tokens.
async fn sign_in(server: &TestServer, name: &str, browser: &str) -> Result<(String, String)> {
    let request = server.request(Method::POST, "/api/v1/auth/sign-in");
    let body = json!({ "email": email(name), "password": PASSWORD });
    let response = request
        .header("user-agent", browser)
        .json(&body)
        .send()
        .await?;
    let access = cookie(&response, "deskbell_access").context("signed in")?;
    let refresh = cookie(&response, "deskbell_refresh").context("signed in")?;
    Ok((access, refresh))
}

async fn mine(server: &TestServer, method: Method, path: &str, token: &str) -> Result<Response> {
    let request = server.request(method, &format!("/api/v1/me{path}"));
    Ok(request.bearer_auth(token).send().await?)
}

async fn list(server: &TestServer, token: &str) -> Result<Vec<SignedInSession>> {
    let response = mine(server, Method::GET, "/sessions", token).await?;
    let listed: SignedInSessions = response.error_for_status()?.json().await?;
    Ok(listed.sessions)
}

async fn ada_lists_her_sessions(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (laptop, _) = sign_in(&north.server, "Ada", "Lynx/2.9\tX-Evil: yes").await?;
    let sessions = list(&north.server, &laptop).await?;
    assert_eq!(sessions.len(), 2);
    let here = sessions
        .iter()
        .find(|session| session.current)
        .context("this one")?;
    assert_eq!(
        here.user_agent, "Lynx/2.9X-Evil: yes",
        "without what breaks a line"
    );
    assert_eq!(
        (here.address.as_str(), here.workspace.as_str()),
        ("127.0.0.1", "North")
    );
    assert!(here.created_at > 0 && here.last_used_at >= here.created_at);
    Ok(())
}

async fn a_session_revoked_from_another_browser_ends_at_once(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let (phone, phone_refresh) = sign_in(server, "Ada", "phone").await?;
    let mut on_phone = Person::connect(server, &phone).await?;
    let mut here = north.ada().await?;
    let sessions = list(server, &north.ada_token).await?;
    let there = sessions
        .iter()
        .find(|session| session.user_agent == "phone");
    let path = format!("/sessions/{}", there.context("the phone")?.id);
    let ended = mine(server, Method::DELETE, &path, &north.ada_token).await?;
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);

    let code = on_phone.socket.closed().await?;
    assert_eq!(code, Some(CloseCode::Unauthenticated.code()));
    assert_eq!(
        mine(server, Method::GET, "", &phone).await?.status(),
        StatusCode::UNAUTHORIZED
    );
    let request = server.request(Method::POST, "/api/v1/auth/refresh");
    let request = request.header("x-deskbell", "1");
    let refreshed = request.header("cookie", format!("deskbell_refresh={phone_refresh}"));
    assert_eq!(refreshed.send().await?.status(), StatusCode::UNAUTHORIZED);
    let again = mine(server, Method::DELETE, &path, &north.ada_token).await?;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
    let pong = here
        .socket
        .request(deskbell_protocol::Command::Ping)
        .await?;
    assert_eq!(pong, deskbell_protocol::Event::Pong, "it continues");
    Ok(())
}

async fn all_other_sessions_are_revoked_together(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let mut others = Vec::new();
    for browser in ["phone", "tablet"] {
        let (token, _) = sign_in(server, "Ada", browser).await?;
        others.push((Person::connect(server, &token).await?, token));
    }
    let ended = mine(server, Method::DELETE, "/sessions", &north.ada_token).await?;
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    for (mut person, token) in others {
        let code = person.socket.closed().await?;
        assert_eq!(code, Some(CloseCode::Unauthenticated.code()));
        assert_eq!(
            mine(server, Method::GET, "", &token).await?.status(),
            StatusCode::UNAUTHORIZED
        );
    }
    let left = list(server, &north.ada_token).await?;
    assert!(left.len() == 1 && left[0].current);
    Ok(())
}

async fn a_users_sessions_cannot_be_revoked_by_others(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let ben = server.add_agent("Ben", "Ada").await?;
    let adas = &list(server, &north.ada_token).await?[0];
    let path = format!("/sessions/{}", adas.id);
    assert_eq!(
        mine(server, Method::DELETE, &path, &ben).await?.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(list(server, &ben).await?.len(), 1);
    assert_eq!(list(server, &north.ada_token).await?.len(), 1);
    Ok(())
}

async fn ada_changes_her_name(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let rename = async |body: Value| {
        let request = north.server.request(Method::PATCH, "/api/v1/me");
        request
            .bearer_auth(&north.ada_token)
            .json(&body)
            .send()
            .await
    };
    let renamed: Me = rename(json!({ "name": " Ada Lovelace " }))
        .await?
        .json()
        .await?;
    assert_eq!(renamed.name, "Ada Lovelace");
    for name in ["A", "Ada\r\nBcc: x", "<script>", "Ada7"] {
        let refused = rename(json!({ "name": name })).await?;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    let unchanged: Me = rename(json!({})).await?.json().await?;
    assert_eq!(unchanged.name, "Ada Lovelace");
    Ok(())
}
