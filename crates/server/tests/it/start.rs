//! The start of the server: folders, messages, and errors that name their cause.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use anyhow::{Context, Result};
use deskbell_protocol::Status;
use deskbell_protocol::api::conversations::Conversations;
use deskbell_store::Store;
use deskbell_testkit::server::cookie;
use reqwest::{Client, StatusCode};
use serde_json::json;
use tempfile::TempDir;

use crate::process::{Process, fail};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_can_be_set_for_a_data_folder_that_does_not_exist_yet() -> Result<()> {
    let parent = TempDir::new()?;
    let data = parent.path().join("new/data");
    let server = Process::start(&data, &["--secret", SECRET])?;
    let response = reqwest::get(server.url("/readyz")).await?;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(!data.join("secret.key").exists());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_names_the_address_to_open() -> Result<()> {
    let data = TempDir::new()?;
    let mut server = Process::start(data.path(), &[])?;
    let line = server.line_with("to set up Deskbell")?;
    assert!(line.contains(&server.url("/setup")), "{line}");
    set_up(&server).await?;
    drop(server);
    let mut server = Process::start(data.path(), &[])?;
    let sign_in = server.line_with("to sign in")?;
    assert!(sign_in.contains(&server.url("/app")), "{sign_in}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_same_data_folder_is_refused() -> Result<()> {
    let data = TempDir::new()?;
    let server = Process::start(data.path(), &[])?;
    let output = fail(data.path(), &[])?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("another Deskbell uses the data folder"),
        "{stderr}"
    );
    let response = reqwest::get(server.url("/readyz")).await?;
    assert_eq!(response.status(), StatusCode::OK);
    drop(server);
    Process::start(data.path(), &[])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_at_start_names_its_cause() -> Result<()> {
    let data = TempDir::new()?;
    let store = Store::open_sqlite(&data.path().join("deskbell.db")).await?;
    store.migrate().await?;
    store.execute("DROP TABLE blocks").await?;
    store.close().await;
    let output = fail(data.path(), &[])?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("no such table: blocks"), "{stderr}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_the_operator_command_names_its_cause() -> Result<()> {
    let data = TempDir::new()?;
    let operator = || {
        Command::new(env!("CARGO_BIN_EXE_deskbell"))
            .args(["operator", "nobody@north.example", "--data"])
            .arg(data.path())
            .output()
    };
    drop(Process::start(data.path(), &[])?);
    let output = operator()?;
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("No active account has this address."),
        "{stderr}"
    );

    let store = Store::open_sqlite(&data.path().join("deskbell.db")).await?;
    store.execute("ALTER TABLE users RENAME TO persons").await?;
    store.close().await;
    let output = operator()?;
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("no such table: users"), "{stderr}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn untrusted_input_is_escaped_and_truncated_in_the_log() -> Result<()> {
    let data = TempDir::new()?;
    let mut server = Process::start(data.path(), &[])?;
    let long = "x".repeat(6_000);
    for request in [
        format!("GET /a\u{202e}b{long} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
        format!("GET /c HTTP/1.1\r\nhost: a\r\nx-request-id: {long}\r\nconnection: close\r\n\r\n"),
        format!("{long} /d HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"),
    ] {
        let mut stream = TcpStream::connect(&server.address)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        assert!(!answer.contains(&long), "it is not sent back");
    }
    reqwest::get(server.url("/last")).await?;
    server.line_with("path=/last")?;
    for line in &server.log {
        assert!(line.len() < 5_000, "{} bytes", line.len());
        assert!(!line.contains('\u{202e}'), "{line:?}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    let escaped = server.log.iter().find(|line| line.contains("path=/a"));
    assert!(escaped.context("it is logged")?.contains("\\u{202e}"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_has_conversations_and_prints_how_to_sign_in() -> Result<()> {
    let data = TempDir::new()?;
    let mut server = Process::start(data.path(), &["--demo"])?;
    let (email, password) = ("ada@demo.deskbell.example", "Ada-rings-2-bells");
    let line = server.line_with("demo: open")?;
    assert!(line.contains(email) && line.contains(password), "{line}");
    let page = reqwest::get(server.url("/")).await?.text().await?;
    assert!(page.contains(email) && page.contains(password), "{page}");

    let request = Client::new().post(server.url("/api/v1/auth/sign-in"));
    let body = json!({ "email": email, "password": password });
    let signed_in = request.header("x-deskbell", "1").json(&body).send().await?;
    let token = cookie(&signed_in, "deskbell_access").context("signed in")?;
    let request = Client::new().get(server.url("/api/v1/conversations"));
    let response = request
        .bearer_auth(token)
        .send()
        .await?
        .error_for_status()?;
    let list: Conversations = response.json().await?;
    let count = |status| {
        let all = list.conversations.iter();
        all.filter(|conversation| conversation.status == status)
            .count()
    };
    let counts = [Status::Waiting, Status::Active, Status::Resolved].map(count);
    assert_eq!(counts, [3, 3, 3]);
    let agents = list.conversations.iter();
    let agents: BTreeSet<_> = agents
        .filter_map(|it| it.assignee.as_ref())
        .map(|it| &it.name)
        .collect();
    assert_eq!(agents.len(), 3, "{agents:?}");
    Ok(())
}

/// Sets up the server for Ada; returns her access token.
async fn set_up(server: &Process) -> Result<String> {
    let body = json!({ "name": "Ada", "email": "ada@north.example", "password": "Rings-2-bells",
        "workspace": "North", "site": "Shop", "allowed_origins": ["shop.example"] });
    let request = Client::new().post(server.url("/api/v1/setup"));
    let response = request.header("x-deskbell", "1").json(&body).send().await?;
    assert_eq!(response.status(), StatusCode::CREATED);
    cookie(&response, "deskbell_access").context("signed in")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_option_says_that_it_has_no_effect_on_a_database_with_a_workspace() -> Result<()> {
    let data = TempDir::new()?;
    let server = Process::start(data.path(), &[])?;
    set_up(&server).await?;
    drop(server);
    let mut server = Process::start(data.path(), &["--demo"])?;
    let line = server.line_with("--demo has no effect")?;
    assert!(line.contains("already has a workspace"), "{line}");
    assert!(line.contains(&server.url("/app")), "{line}");
    assert!(!line.contains("Ada-rings-2-bells"), "{line}");
    let request = Client::new().post(server.url("/api/v1/auth/sign-in"));
    let body = json!({ "email": "ada@demo.deskbell.example", "password": "Ada-rings-2-bells" });
    let refused = request.header("x-deskbell", "1").json(&body).send().await?;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unless_configured_otherwise_only_invited_people_create_accounts() -> Result<()> {
    let data = TempDir::new()?;
    let server = Process::start(data.path(), &[])?;
    let ada = set_up(&server).await?;
    let http = Client::new();
    let post = async |path: &str, body: serde_json::Value| {
        let request = http.post(server.url(path)).header("x-deskbell", "1");
        anyhow::Ok(request.json(&body).send().await?)
    };
    let stella = json!({ "name": "Stella", "email": "stella@south.example",
        "password": "Rings-2-bells", "workspace": "South" });
    let refused = post("/api/v1/auth/register", stella).await?;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);

    let request = http
        .post(server.url("/api/v1/invitations"))
        .bearer_auth(ada);
    let invited = request.json(&json!({ "role": "agent" })).send().await?;
    let invited: serde_json::Value = invited.json().await?;
    let link = invited["link"].as_str().context("a link")?;
    let (_, token) = link.rsplit_once(['=', '#', '/']).context("a token")?;
    let nora = json!({ "token": token, "name": "Nora", "email": "nora@north.example",
        "password": "Rings-2-bells" });
    let joined = post("/api/v1/auth/accept-invitation", nora).await?;
    assert!(joined.status().is_success(), "{}", joined.text().await?);
    Ok(())
}
