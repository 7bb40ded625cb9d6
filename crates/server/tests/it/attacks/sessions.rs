//! Attacks on session cookies and refresh tokens.

use anyhow::{Context, Result};
use deskbell::config::Settings;
use deskbell_protocol::CloseCode;
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email};
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use super::{claims, me, sign_in};
use crate::{North, on_both};

on_both!(
    a_replayed_refresh_token_ends_the_session_and_its_sockets,
    a_repeated_renewal_of_the_same_browser_gets_the_same_answer,
    a_session_cookie_from_before_the_sign_in_is_replaced,
    two_cookies_of_one_name_are_both_ignored,
);

async fn refresh(server: &TestServer, token: &str) -> Result<Response> {
    refresh_with(server, token, "Ada's browser").await
}

async fn refresh_with(server: &TestServer, token: &str, browser: &str) -> Result<Response> {
    let request = server.request(Method::POST, "/api/v1/auth/refresh");
    let request = request.header("x-deskbell", "1");
    let request = request.header("user-agent", browser);
    Ok(request
        .header("cookie", format!("deskbell_refresh={token}"))
        .send()
        .await?)
}

async fn a_replayed_refresh_token_ends_the_session_and_its_sockets(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let signed_in = sign_in(server, "").await?;
    let stolen = cookie(&signed_in, "deskbell_refresh").context("a refresh token")?;
    let renewed = refresh(server, &stolen).await?;
    let access = cookie(&renewed, "deskbell_access").context("renewed")?;
    let mut window = Person::connect(server, &access).await?;
    assert_eq!(
        refresh_with(server, &stolen, "a thief's").await?.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        window.socket.closed().await?,
        Some(CloseCode::Unauthenticated.code())
    );
    assert_eq!(me(server, &access).await?, StatusCode::UNAUTHORIZED);
    assert_eq!(
        me(server, &north.ada_token).await?,
        StatusCode::OK,
        "another session"
    );
    Ok(())
}

async fn a_repeated_renewal_of_the_same_browser_gets_the_same_answer(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let signed_in = sign_in(server, "").await?;
    let first = cookie(&signed_in, "deskbell_refresh").context("a refresh token")?;
    let (one, other) = tokio::join!(refresh(server, &first), refresh(server, &first));
    let next = cookie(&one?, "deskbell_refresh").context("renewed")?;
    let other = other?;
    assert_eq!(cookie(&other, "deskbell_refresh"), Some(next.clone()));
    let access = cookie(&other, "deskbell_access").context("renewed")?;
    assert_eq!(me(server, &access).await?, StatusCode::OK);

    assert_eq!(refresh(server, &next).await?.status(), StatusCode::OK);
    assert_eq!(
        refresh(server, &first).await?.status(),
        StatusCode::UNAUTHORIZED,
        "not once the next one was used"
    );
    assert_eq!(me(server, &access).await?, StatusCode::UNAUTHORIZED);
    Ok(())
}

async fn a_session_cookie_from_before_the_sign_in_is_replaced(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    server.register("Eve", "South").await?;
    let body = json!({ "email": email("Eve"), "password": PASSWORD });
    let eves = server.post("/api/v1/auth/sign-in", body).await?;
    let access = cookie(&eves, "deskbell_access").context("signed in")?;
    let brought = cookie(&eves, "deskbell_refresh").context("signed in")?;
    let cookies = format!("deskbell_access={access}; deskbell_refresh={brought}");
    let adas = sign_in(server, &cookies).await?;
    let fresh = cookie(&adas, "deskbell_access").context("a session of her own")?;
    assert_ne!(claims(&fresh)?["session"], claims(&access)?["session"]);
    assert_ne!(claims(&fresh)?["sub"], claims(&access)?["sub"]);
    let renewed = refresh(server, &brought).await?;
    let renewed = cookie(&renewed, "deskbell_access").context("Eve's own session continues")?;
    assert_eq!(
        claims(&renewed)?["sub"],
        claims(&access)?["sub"],
        "and is still Eve's"
    );
    Ok(())
}

async fn two_cookies_of_one_name_are_both_ignored(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let eve = server.register("Eve", "South").await?;
    let status_with = async |cookies: String| -> Result<StatusCode> {
        let request = server
            .request(Method::GET, "/api/v1/me")
            .header("cookie", cookies);
        Ok(request.send().await?.status())
    };
    let (ada, eve) = (&north.ada_token, &eve);
    for (first, second) in [(ada, eve), (eve, ada)] {
        let both = format!("deskbell_access={first}; deskbell_access={second}");
        assert_eq!(status_with(both).await?, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        status_with(format!("other=1; deskbell_access={ada}")).await?,
        StatusCode::OK
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_https_cookies_have_the_host_prefix() -> Result<()> {
    let settings = Settings {
        public_url: Some("https://chat.example".to_owned()),
        ..Settings::default()
    };
    let server = TestServer::node(settings, &[7; 64]).await?;
    server.set_up("Ada", "North").await?;
    let response = sign_in(&server, "").await?;
    for header in response.headers().get_all("set-cookie") {
        let header = header.to_str()?;
        assert!(header.starts_with("__Host-deskbell_"), "{header}");
        for word in ["; Secure", "; HttpOnly", "; Path=/", "; SameSite="] {
            assert!(header.contains(word), "{header}");
        }
        assert!(!header.contains("Domain"), "{header}");
    }
    let access = cookie(&response, "deskbell_access").context("signed in")?;
    let status_with = async |name: &str| -> Result<StatusCode> {
        let request = server.request(Method::GET, "/api/v1/me");
        let request = request.header("cookie", format!("{name}={access}"));
        Ok(request.send().await?.status())
    };
    assert_eq!(status_with("__Host-deskbell_access").await?, StatusCode::OK);
    assert_eq!(
        status_with("deskbell_access").await?,
        StatusCode::UNAUTHORIZED,
        "a sibling can set it"
    );
    Ok(())
}
