//! Renewals of a browser's session: the requests that end it, and those that do not.

use anyhow::{Context, Result};
use deskbell_testkit::server::{Database, PASSWORD, TestServer, cookie, email};
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use crate::api::execute;
use crate::{North, on_both};

on_both!(
    three_restored_tabs_of_an_updated_browser_stay_signed_in,
    a_renewal_is_repeated_from_another_network,
    a_renewal_that_is_repeated_after_an_hour_works_only_in_its_own_network,
    a_replayed_token_ends_the_session_also_from_the_same_network_and_browser,
    a_used_token_from_another_program_ends_the_session,
);

/// Signs Ada in with this browser; the refresh token.
async fn sign_in(server: &TestServer, browser: &str, address: &str) -> Result<String> {
    let request = server.request(Method::POST, "/api/v1/auth/sign-in");
    let response = request
        .header("user-agent", browser)
        .header("x-forwarded-for", address)
        .json(&json!({ "email": email("Ada"), "password": PASSWORD }))
        .send()
        .await?;
    cookie(&response, "deskbell_refresh").context("signed in")
}

async fn renew(server: &TestServer, token: &str, browser: &str, address: &str) -> Result<Response> {
    let request = server.request(Method::POST, "/api/v1/auth/refresh");
    let request = request
        .header("x-deskbell", "1")
        .header("user-agent", browser)
        .header("x-forwarded-for", address)
        .header("cookie", format!("deskbell_refresh={token}"));
    Ok(request.send().await?)
}

/// The next token, of a renewal that succeeds.
async fn renewed(server: &TestServer, token: &str, browser: &str, address: &str) -> Result<String> {
    let response = renew(server, token, browser, address).await?;
    assert_eq!(response.status(), StatusCode::OK, "{browser} at {address}");
    cookie(&response, "deskbell_refresh").context("renewed")
}

const HOME: &str = "2001:db8:1:1::17";

async fn three_restored_tabs_of_an_updated_browser_stay_signed_in(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let token = sign_in(server, "Browser/155", HOME).await?;
    let tab = || renewed(server, &token, "Browser/156", HOME);
    let (one, two, three) = tokio::join!(tab(), tab(), tab());
    let next = one?;
    assert_eq!((&two?, &three?), (&next, &next), "the same for all tabs");
    // The next update finds the program of the last renewal, not of the first.
    let last = renewed(server, &next, "Browser/157", HOME).await?;
    assert_eq!(renewed(server, &next, "Browser/157", HOME).await?, last);
    Ok(())
}

async fn a_renewal_is_repeated_from_another_network(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let token = sign_in(server, "Browser/155", HOME).await?;
    let next = renewed(server, &token, "Browser/155", HOME).await?;
    // A privacy address of the same network, then mobile data.
    for address in ["2001:db8:1:1::4:2a", "198.51.100.7"] {
        let again = renewed(server, &token, "Browser/155", address).await?;
        assert_eq!(again, next, "{address}");
    }
    renewed(server, &next, "Browser/155", "198.51.100.9").await?;
    Ok(())
}

async fn a_renewal_that_is_repeated_after_an_hour_works_only_in_its_own_network(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let token = sign_in(server, "Browser/155", HOME).await?;
    let next = renewed(server, &token, "Browser/155", HOME).await?;
    let later =
        "UPDATE refresh_tokens SET created_at = created_at - 3600001, used_at = used_at - 3600001";
    execute(server, later).await?;
    let refused = renew(server, &token, "Browser/155", "198.51.100.7").await?;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let again = renewed(server, &token, "Browser/155", "2001:db8:1:1::4:2a").await?;
    assert_eq!(again, next, "the session has not ended");
    renewed(server, &next, "Browser/155", "198.51.100.7").await?;
    Ok(())
}

async fn a_replayed_token_ends_the_session_also_from_the_same_network_and_browser(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let token = sign_in(server, "Browser/155", HOME).await?;
    let next = renewed(server, &token, "Browser/155", HOME).await?;
    let last = renewed(server, &next, "Browser/155", HOME).await?;
    let replayed = renew(server, &token, "Browser/155", HOME).await?;
    assert_eq!(replayed.status(), StatusCode::UNAUTHORIZED);
    let ended = renew(server, &last, "Browser/155", HOME).await?;
    assert_eq!(ended.status(), StatusCode::UNAUTHORIZED, "it has ended");
    Ok(())
}

async fn a_used_token_from_another_program_ends_the_session(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let server = &north.server;
    let token = sign_in(server, "Browser/155", HOME).await?;
    let next = renewed(server, &token, "Browser/155", HOME).await?;
    let replayed = renew(server, &token, "curl/8", HOME).await?;
    assert_eq!(replayed.status(), StatusCode::UNAUTHORIZED);
    let ended = renew(server, &next, "Browser/155", HOME).await?;
    assert_eq!(ended.status(), StatusCode::UNAUTHORIZED, "it has ended");
    Ok(())
}
