//! The effect of a node that is frozen inside a transaction on others.

use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_protocol::api::sites::Site;
use deskbell_protocol::{Command, ErrorCode, Event};
use deskbell_store::{PostgresTimeouts, Store, conversations};
use deskbell_testkit::people::visitor;
use deskbell_testkit::server::Database;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::North;

/// The longest acceptable delay of others, once.
const LONGEST: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_frozen_in_a_transaction_delays_others_once_and_by_seconds() -> Result<()> {
    let north = North::new(Database::Postgres).await?;
    let stella = north.server.register("Stella", "South").await?;
    let site = north
        .server
        .request(Method::POST, "/api/v1/sites")
        .bearer_auth(&stella)
        .json(&json!({ "name": "South shop", "allowed_origins": ["https://south.example"] }))
        .send()
        .await?;
    let site: Site = site.json().await?;
    let mut vera = north.visitor().await?;
    let mut sven = visitor(&north.server, &site.key).await?;
    let veras = vera.start("Hello?").await?.id;
    let svens = sven.start("Hello?").await?.id;

    // A frozen node whose transaction Postgres never ends: the worst case.
    let timeouts = PostgresTimeouts {
        idle_in_transaction: Duration::from_secs(600),
        ..PostgresTimeouts::default()
    };
    let url = north.server.database_url().context("it is on Postgres")?;
    let frozen = Store::open_postgres_with(url, timeouts).await?;
    let mut tx = frozen.begin_batch(0).await?;
    conversations::lock_all(&mut tx, &[veras]).await?;

    let stuck = Command::Send {
        conversation_id: veras,
        client_id: vera.next_client_id(),
        text: "Still there?".to_owned(),
        assignee: None,
    };
    let both = async {
        tokio::join!(
            vera.refused(stuck),
            sven.send_message(svens, "Still there?")
        )
    };
    let (refused, saved) = tokio::time::timeout(LONGEST, both).await?;
    assert_eq!(refused?.code, ErrorCode::Unavailable);
    assert_eq!(saved?, 2);
    let ping = sven.socket.request(Command::Ping).await?;
    assert!(matches!(ping, Event::Pong), "{ping:?}");
    let ready = north.server.get("/readyz").await?;
    assert_eq!(ready.status(), StatusCode::OK);

    drop(tx);
    frozen.close().await;
    assert_eq!(vera.send_message(veras, "And now?").await?, 2);
    Ok(())
}
