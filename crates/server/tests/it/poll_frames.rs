//! Frames of a poll are handled individually; and a forwarded poll can be cancelled.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use deskbell_protocol::api::conversations::poll::Polled;
use deskbell_protocol::{ErrorCode, Event, LEVEL};
use deskbell_testkit::cluster::Cluster;
use deskbell_testkit::people::visitor_token;
use deskbell_testkit::server::{Database, TestServer};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{North, on_both};

/// Long enough for a request to be refused.
const MOMENT: Duration = Duration::from_millis(400);
/// Much shorter than the 20 seconds for which a request waits.
const TIMEOUT: Duration = Duration::from_secs(8);

on_both!(one_unknown_command_in_a_poll_is_refused_and_the_others_are_answered);

pub(crate) fn poll(server: &TestServer, body: &Value) -> RequestBuilder {
    let request = server.request(Method::POST, "/api/v1/poll");
    request.header("x-deskbell", "1").json(body)
}

pub(crate) fn hello(token: &str) -> Value {
    json!({ "id": 1, "command": { "type": "hello", "level": LEVEL, "token": token } })
}

async fn one_unknown_command_in_a_poll_is_refused_and_the_others_are_answered(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let token = visitor_token(&north.server, &north.site_key, None).await?;
    let body = json!({ "wait": true, "frames": [
        hello(&token.token),
        { "id": 2, "command": { "type": "dance" } },
        { "id": 3, "command": { "type": "ping" } },
        { "id": 4, "command": { "type": "send" } },
        { "id": 5, "command": { "type": "ping" } },
    ] });
    let mut polled: Polled = poll(&north.server, &body)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let mut frames = std::mem::take(&mut polled.frames);
    while frames.len() < 5 {
        let body = json!({ "session": polled.session, "wait": true });
        let more: Polled = poll(&north.server, &body)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        frames.extend(more.frames);
    }
    let answers: Vec<_> = frames.iter().map(|it| (it.reply_to, &it.event)).collect();
    assert!(
        matches!(answers[0], (Some(1), Event::Welcome { .. })),
        "{answers:?}"
    );
    for (answer, id, code) in [
        (&answers[1], 2, ErrorCode::UnknownCommand),
        (&answers[3], 4, ErrorCode::BadRequest),
    ] {
        let (Some(reply_to), Event::Error { error }) = answer else {
            anyhow::bail!("an error, not {answer:?}");
        };
        assert_eq!((*reply_to, &error.code), (id, &code));
    }
    assert_eq!(answers[2], (Some(3), &Event::Pong));
    assert_eq!(answers[4], (Some(5), &Event::Pong));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forwarded_poll_that_is_dropped_frees_its_session_at_once() -> Result<()> {
    let cluster = Cluster::new(2).await?;
    let (here, there) = (&cluster.nodes[0], &cluster.nodes[1]);
    let (done, _) = here.set_up("Ada", "North").await?;
    let token = visitor_token(here, &done.site.key, None).await?;
    let body = json!({ "wait": true, "frames": [hello(&token.token)] });
    let polled: Polled = poll(here, &body)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let session = polled.session;
    let waits = json!({ "session": session, "wait": true });
    // Whether another request waits in the session; if none does, this one waits until it is
    // dropped.
    let is_taken = async || match timeout(MOMENT, poll(here, &waits).send()).await {
        Ok(response) => anyhow::Ok(response?.status() == StatusCode::CONFLICT),
        Err(_) => Ok(false),
    };

    let mut forwarded = tokio::spawn(poll(there, &waits).send());
    let begun = Instant::now();
    while !is_taken().await? {
        assert!(begun.elapsed() < TIMEOUT, "it is forwarded");
        if forwarded.is_finished() {
            // It was refused because another request waits.
            forwarded = tokio::spawn(poll(there, &waits).send());
        }
    }
    forwarded.abort();
    let begun = Instant::now();
    while is_taken().await? {
        assert!(begun.elapsed() < TIMEOUT, "it is given up");
    }
    let ping = json!({ "session": session, "wait": true,
        "frames": [{ "id": 7, "command": { "type": "ping" } }] });
    // The last request is dropped when the server detects that its connection is closed.
    let polled: Polled = loop {
        let response = poll(here, &ping).send().await?;
        if response.status() != StatusCode::CONFLICT {
            break response.error_for_status()?.json().await?;
        }
        assert!(begun.elapsed() < TIMEOUT, "the session is free");
    };
    let pong = polled.frames.first().context("the pong")?;
    assert_eq!((pong.reply_to, &pong.event), (Some(7), &Event::Pong));
    Ok(())
}
