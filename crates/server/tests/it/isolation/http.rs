//! Isolation over HTTP: polls and answers of the API.

use anyhow::{Context, Result};
use deskbell_protocol::{Command, LEVEL};
use deskbell_testkit::people::Person;
use deskbell_testkit::server::{Database, TestServer};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Neighbours, commands};
use crate::on_both;

on_both!(
    a_polling_client_receives_nothing_about_another_workspace,
    http_answers_contain_nothing_about_another_workspace,
);

async fn a_polling_client_receives_nothing_about_another_workspace(
    database: Database,
) -> Result<()> {
    let mut neighbours = Neighbours::meet(database).await?;
    let server = &neighbours.north.server;
    let (veras, svens) = (neighbours.veras.id, neighbours.svens.id);
    let token = Some(neighbours.stella.token.clone());
    let hello = Command::Hello {
        level: LEVEL,
        token,
    };
    let mut received = Vec::new();
    let opened = poll(server, None, 1, &hello).await?;
    let session = opened["session"].as_str().map(str::to_owned);
    received.push(opened.to_string());
    let ids = Person::next_client_id;
    for id in [veras, svens] {
        for command in commands(id, || ids(&neighbours.stella))? {
            let answer = poll(server, session.as_deref(), 1, &command).await?;
            received.push(answer.to_string());
        }
    }
    neighbours.do_everything().await?;
    let server = &neighbours.north.server;
    // Until the answer to a command that was sent after all others.
    let last = 1_000_000;
    let is_last = |text: &str| text.contains(&last.to_string());
    while !received.last().is_some_and(|text| is_last(text)) {
        let answer = poll(server, session.as_deref(), last, &Command::Ping).await?;
        received.push(answer.to_string());
    }
    neighbours.of_north().are_absent(&received);
    neighbours.of_south().are_present(&received);
    Ok(())
}

async fn poll(
    server: &TestServer,
    session: Option<&str>,
    id: u32,
    command: &Command,
) -> Result<Value> {
    let frames = [json!({ "id": id, "command": command })];
    let body = json!({ "session": session, "frames": frames, "wait": true });
    let response = server.post("/api/v1/poll", body).await?;
    anyhow::ensure!(response.status().is_success(), "{}", response.status());
    Ok(response.json().await?)
}

/// Everything that an agent reads over HTTP.
const AGENTS_PAGES: [&str; 3] = [
    "/api/v1/me",
    "/api/v1/conversations",
    "/api/v1/conversations?status=waiting",
];

async fn http_answers_contain_nothing_about_another_workspace(database: Database) -> Result<()> {
    let mut neighbours = Neighbours::meet(database).await?;
    neighbours.vera.start("Apricots again.").await?;
    let server = &neighbours.north.server;
    let read = async |page: &str, reader: &Person| {
        let request = server.request(Method::GET, page);
        anyhow::Ok(request.bearer_auth(&reader.token).send().await?)
    };
    let mut received = Vec::new();
    for page in AGENTS_PAGES {
        let answer = read(page, &neighbours.stella).await?;
        assert!(answer.status().is_success(), "{page}");
        received.push(answer.text().await?);
    }
    let first = read("/api/v1/conversations?limit=1", &neighbours.ada).await?;
    let first: Value = first.json().await?;
    let cursor = first["next_cursor"].as_str().context("a second page")?;
    let foreign = format!("/api/v1/conversations?cursor={cursor}");
    let answer = read(&foreign, &neighbours.stella).await?;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    received.push(answer.text().await?);
    for page in AGENTS_PAGES {
        let answer = read(page, &neighbours.vera).await?;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{page}");
    }
    neighbours.of_north().are_absent(&received);
    neighbours.of_south().are_present(&received);
    Ok(())
}
