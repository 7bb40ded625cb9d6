//! Revocations whose commit the database does not confirm: live sockets close anyway.
//!
//! The answer to a commit is lost on the way from Postgres. The admin gets an error, and a retry
//! finds that the first attempt worked. The sockets of the revoked principal must not depend on
//! that retry.

use anyhow::{Context, Result};
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::platform::operator::OperatedUsers;
use deskbell_protocol::api::workspace::members::Members;
use deskbell_protocol::api::workspace::tokens::CreatedToken;
use deskbell_protocol::{CloseCode, ErrorCode};
use deskbell_testkit::people::Person;
use deskbell_testkit::postgres_proxy::PostgresProxy;
use deskbell_testkit::server::TestServer;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::North;
use crate::api::{code, fetch, request_as};

async fn north_behind_a_proxy() -> Result<(North, PostgresProxy)> {
    let (server, proxy) = TestServer::behind_postgres_proxy().await?;
    Ok((North::on(server).await?, proxy))
}

/// Ada sends a request, and the answer to its commit is lost.
async fn send_unconfirmed(
    north: &North,
    proxy: &PostgresProxy,
    (method, path): (Method, &str),
    body: Option<Value>,
) -> Result<()> {
    let request = request_as(&north.server, method, path, &north.ada_token, body);
    let ((), answer) = tokio::join!(proxy.lose_commit_reply(), request);
    let refused = code(answer?).await?;
    anyhow::ensure!(refused == (503, ErrorCode::Unavailable), "{refused:?}");
    Ok(())
}

/// Asserts that the socket closes and that the same token is refused afterwards.
async fn assert_access_lost(north: &North, mut person: Person) -> Result<()> {
    let code = person.socket.closed().await?;
    anyhow::ensure!(code.is_some(), "the server closes it");
    let again = Person::connect(&north.server, &person.token).await;
    anyhow::ensure!(again.is_err(), "the token is not valid any more");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_whose_commit_is_not_confirmed_ends_the_visitors_socket() -> Result<()> {
    let (north, proxy) = north_behind_a_proxy().await?;
    let mut vera = north.visitor().await?;
    let id = vera.start("Rude words.").await?.visitor.id;
    let body = json!({ "visitor_id": id, "note": "Rude." });
    let blocks = (Method::POST, "/api/v1/blocks");
    send_unconfirmed(&north, &proxy, blocks.clone(), Some(body.clone())).await?;
    assert_access_lost(&north, vera).await?;
    let (method, path) = blocks;
    let again = request_as(&north.server, method, path, &north.ada_token, Some(body)).await?;
    assert_eq!(again.status(), StatusCode::CONFLICT, "the first one worked");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_whose_removal_is_not_confirmed_loses_their_socket() -> Result<()> {
    let (north, proxy) = north_behind_a_proxy().await?;
    let ben = north.ben().await?;
    let path = "/api/v1/members";
    let members: Members = fetch(&north.server, Method::GET, path, &north.ada_token).await?;
    let named = members.members.iter().find(|member| member.name == "Ben");
    let path = format!("{path}/{}", named.context("Ben is a member")?.user_id);
    send_unconfirmed(&north, &proxy, (Method::DELETE, &path), None).await?;
    assert_access_lost(&north, ben).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_whose_revocation_is_not_confirmed_loses_its_socket() -> Result<()> {
    let (north, proxy) = north_behind_a_proxy().await?;
    let body = json!({ "name": "Reports", "scopes": ["conversations:read"] });
    let (method, path) = (Method::POST, "/api/v1/tokens");
    let made = request_as(&north.server, method, path, &north.ada_token, Some(body)).await?;
    let made: CreatedToken = made.json().await?;
    let program = Person::connect(&north.server, &made.secret).await?;
    let path = format!("{path}/{}", made.token.id);
    send_unconfirmed(&north, &proxy, (Method::DELETE, &path), None).await?;
    assert_access_lost(&north, program).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maintenance_whose_commit_is_not_confirmed_ends_sockets() -> Result<()> {
    let (north, proxy) = north_behind_a_proxy().await?;
    let mut vera = north.visitor().await?;
    let body = json!({ "on": true, "message": "Back at noon." });
    let put = (Method::PUT, "/api/v1/operator/maintenance");
    send_unconfirmed(&north, &proxy, put, Some(body)).await?;
    let code = vera.socket.closed().await?;
    assert_eq!(code, Some(CloseCode::Restart.code()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_whose_deletion_is_not_confirmed_ends_its_visitors_sockets() -> Result<()> {
    let (north, proxy) = north_behind_a_proxy().await?;
    let mut vera = north.visitor().await?;
    vera.start("Hello?").await?;
    let path = "/api/v1/sites";
    let sites: Value = fetch(&north.server, Method::GET, path, &north.ada_token).await?;
    let id = sites["sites"][0]["id"].as_str().context("a site")?;
    let path = format!("{path}/{id}");
    send_unconfirmed(&north, &proxy, (Method::DELETE, &path), None).await?;
    assert_access_lost(&north, vera).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_whose_suspension_is_not_confirmed_loses_their_socket() -> Result<()> {
    let (north, proxy) = north_behind_a_proxy().await?;
    let ben = north.ben().await?;
    let path = "/api/v1/operator/users";
    let users: OperatedUsers = fetch(&north.server, Method::GET, path, &north.ada_token).await?;
    let named = users.users.iter().find(|user| user.name == "Ben");
    let path = format!("{path}/{}/suspend", named.context("Ben is a user")?.id);
    send_unconfirmed(&north, &proxy, (Method::POST, &path), None).await?;
    assert_access_lost(&north, ben).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_whose_suspension_is_not_confirmed_loses_its_sockets() -> Result<()> {
    let (north, proxy) = north_behind_a_proxy().await?;
    let stella = north.server.register("Stella", "South").await?;
    let me: Me = fetch(&north.server, Method::GET, "/api/v1/me", &stella).await?;
    let stella = Person::connect(&north.server, &stella).await?;
    let path = format!("/api/v1/operator/workspaces/{}/suspend", me.workspace.id);
    let body = json!({ "reason": "Unpaid." });
    send_unconfirmed(&north, &proxy, (Method::POST, &path), Some(body)).await?;
    assert_access_lost(&north, stella).await
}
