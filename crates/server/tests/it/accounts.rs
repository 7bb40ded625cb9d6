//! Sign-in, sign-out and the renewal of a session.

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::{ErrorBody, ErrorCode, Role};
use deskbell_testkit::server::{Database, PASSWORD, cookie, email};
use reqwest::Method;
use serde_json::json;

use crate::{North, on_both};

on_both!(
    ada_signs_in_and_gets_her_profile,
    a_wrong_password_and_an_unknown_address_get_the_same_answer,
    an_unconfirmed_person_learns_that_the_server_cannot_send_the_link,
    a_refresh_token_works_once_and_reuse_ends_its_session,
    signing_out_ends_the_session,
    a_write_with_a_cookie_needs_our_header_and_our_origin,
);

async fn sign_in(north: &North, password: &str) -> Result<reqwest::Response> {
    north
        .server
        .post(
            "/api/v1/auth/sign-in",
            json!({ "email": "ADA@north.example ", "password": password }),
        )
        .await
}

async fn refresh(north: &North, token: &str) -> Result<reqwest::Response> {
    let request = north
        .server
        .request(Method::POST, "/api/v1/auth/refresh")
        .header("x-deskbell", "1");
    Ok(request
        .header("cookie", format!("deskbell_refresh={token}"))
        .send()
        .await?)
}

async fn an_unconfirmed_person_learns_that_the_server_cannot_send_the_link(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let address = email("Pia");
    let registered = json!({ "name": "Pia", "email": address, "password": PASSWORD,
        "workspace": "South" });
    let registered = north
        .server
        .post("/api/v1/auth/register", registered)
        .await?;
    assert_eq!(registered.status(), 202);
    let body = json!({ "email": address, "password": PASSWORD });
    let refused = north.server.post("/api/v1/auth/sign-in", body).await?;
    assert_eq!(refused.status(), 403);
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.code, ErrorCode::EmailNotVerified);
    let expected = "Confirm your e-mail first. This server can't send e-mail: ask its operator \
        for the link.";
    assert_eq!(error.message, expected);
    Ok(())
}

async fn ada_signs_in_and_gets_her_profile(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let response = sign_in(&north, PASSWORD).await?;
    assert_eq!(response.status(), 200);
    for header in response.headers().get_all("set-cookie") {
        let header = header.to_str()?;
        assert!(
            header.contains("HttpOnly") && header.contains("SameSite="),
            "{header}"
        );
    }
    let access = cookie(&response, "deskbell_access").context("an access cookie")?;
    let me = north
        .server
        .request(Method::GET, "/api/v1/me")
        .header("cookie", format!("deskbell_access={access}"));
    let me: Me = me.send().await?.json().await?;
    assert_eq!((me.name.as_str(), me.workspace.role), ("Ada", Role::Owner));
    assert_eq!(north.server.get("/api/v1/me").await?.status(), 401);
    Ok(())
}

async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let wrong = sign_in(&north, "Rings-3-bells").await?;
    assert_eq!(wrong.status(), 401);
    let wrong = wrong.json::<ErrorBody>().await?;
    let unknown = json!({ "email": "nobody@north.example", "password": PASSWORD });
    let unknown = north.server.post("/api/v1/auth/sign-in", unknown).await?;
    assert_eq!(unknown.status(), 401);
    assert_eq!(unknown.json::<ErrorBody>().await?, wrong);
    assert_eq!(wrong.code, ErrorCode::BadCredentials);
    Ok(())
}

async fn a_refresh_token_works_once_and_reuse_ends_its_session(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let first = cookie(&sign_in(&north, PASSWORD).await?, "deskbell_refresh")
        .context("a refresh cookie")?;
    let renewed = refresh(&north, &first).await?;
    assert_eq!(renewed.status(), 200);
    let second = cookie(&renewed, "deskbell_refresh").context("the next one")?;
    assert_ne!(first, second);
    let third = cookie(&refresh(&north, &second).await?, "deskbell_refresh");
    let third = third.context("and the one after it")?;
    assert_eq!(refresh(&north, &first).await?.status(), 401, "used before");
    assert_eq!(
        refresh(&north, &third).await?.status(),
        401,
        "its whole family has ended"
    );
    assert_eq!(refresh(&north, "made-up").await?.status(), 401);
    Ok(())
}

async fn signing_out_ends_the_session(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = cookie(&sign_in(&north, PASSWORD).await?, "deskbell_refresh")
        .context("a refresh cookie")?;
    let request = north
        .server
        .request(Method::POST, "/api/v1/auth/sign-out")
        .header("x-deskbell", "1");
    let response = request
        .header("cookie", format!("deskbell_refresh={token}"))
        .send()
        .await?;
    assert_eq!(response.status(), 204);
    assert_eq!(cookie(&response, "deskbell_access").as_deref(), Some(""));
    assert_eq!(refresh(&north, &token).await?.status(), 401);
    Ok(())
}

async fn a_write_with_a_cookie_needs_our_header_and_our_origin(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let token = cookie(&sign_in(&north, PASSWORD).await?, "deskbell_refresh")
        .context("a refresh cookie")?;
    let plain = || {
        north
            .server
            .request(Method::POST, "/api/v1/auth/refresh")
            .header("cookie", format!("deskbell_refresh={token}"))
    };
    assert_eq!(plain().send().await?.status(), 403, "no header");
    let foreign = plain()
        .header("x-deskbell", "1")
        .header("origin", "https://evil.example");
    assert_eq!(foreign.send().await?.status(), 403, "another origin");
    let ours = plain()
        .header("x-deskbell", "1")
        .header("origin", format!("http://{}", north.server.host()));
    assert_eq!(ours.send().await?.status(), 200);
    Ok(())
}
