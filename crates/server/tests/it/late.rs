//! Changes to a principal during their handshake.
//!
//! A lock on a table that the server reads after the look-up stops the handshake at that point.
//! Only Postgres has such locks: in SQLite, readers do not wait. The server's behaviour is the same
//! on both.

use std::time::Duration;

use anyhow::{Context, Result};
use deskbell_protocol::api::platform::operator::OperatedUsers;
use deskbell_protocol::{ClientFrame, Command, Event, LEVEL};
use deskbell_store::{Store, Tx};
use deskbell_testkit::people::visitor_token;
use deskbell_testkit::server::{Database, TestServer};
use deskbell_testkit::socket::Socket;
use reqwest::Method;
use serde_json::json;
use tokio::time::timeout;

use crate::North;

const WAITING: &str = "SELECT COUNT(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
    WHERE NOT l.granted AND d.datname = current_database()";

/// A lock that prevents reading a table until it is released.
pub(crate) struct TableLock {
    store: Store,
    tx: Tx,
}

impl TableLock {
    pub(crate) async fn new(server: &TestServer, table: &str) -> Result<Self> {
        let store = server.store().await?;
        let mut tx = store.begin(0).await?;
        let sql = format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
        tx.execute(&sql).await?;
        Ok(Self { store, tx })
    }

    /// Waits until a transaction tries to read it.
    pub(crate) async fn wait_for_reader(&self) -> Result<()> {
        let waiting = async {
            while self.store.count(WAITING).await? == 0 {}
            anyhow::Ok(())
        };
        timeout(Duration::from_secs(20), waiting)
            .await
            .context("no transaction reads the table")?
    }

    pub(crate) async fn release(self) -> Result<()> {
        drop(self.tx);
        self.store.close().await;
        Ok(())
    }
}

/// Sends hello without waiting for the answer.
async fn hello(north: &North, token: &str) -> Result<Socket> {
    let mut socket = Socket::open(&north.server.host()).await?;
    let command = Command::Hello {
        level: LEVEL,
        token: Some(token.to_owned()),
    };
    let frame = ClientFrame { id: 1, command };
    socket.send_text(&serde_json::to_string(&frame)?).await?;
    Ok(socket)
}

/// Asserts that the connection is closed with this code and without a welcome.
async fn assert_closed_without_welcome(mut socket: Socket, code: u16) -> Result<()> {
    while let Some(frame) = socket.next_frame().await? {
        let is_welcome = matches!(frame.event, Event::Welcome { .. });
        anyhow::ensure!(!is_welcome, "a welcome after the change");
    }
    anyhow::ensure!(socket.close_code == Some(code), "{:?}", socket.close_code);
    Ok(())
}

#[tokio::test]
async fn an_agent_who_is_suspended_during_the_handshake_is_refused() -> Result<()> {
    let north = North::new(Database::Postgres).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let request = north
        .server
        .request(Method::GET, "/api/v1/operator/users?search=ben");
    let users: OperatedUsers = request
        .bearer_auth(&north.ada_token)
        .send()
        .await?
        .json()
        .await?;
    let lock = TableLock::new(&north.server, "workspace_limits").await?;
    let socket = hello(&north, &ben).await?;
    lock.wait_for_reader().await?;
    let path = format!("/api/v1/operator/users/{}/suspend", users.users[0].id);
    let request = north.server.request(Method::POST, &path);
    let suspended = request.bearer_auth(&north.ada_token).send().await?;
    assert_eq!(suspended.status(), 204);
    lock.release().await?;
    assert_closed_without_welcome(socket, 4501).await
}

#[tokio::test]
async fn a_visitor_who_is_blocked_during_the_handshake_is_refused() -> Result<()> {
    let north = North::new(Database::Postgres).await?;
    let mut vera = north.visitor().await?;
    vera.start("Hello?").await?;
    let again = visitor_token(&north.server, &north.site_key, Some(&vera.token)).await?;
    let lock = TableLock::new(&north.server, "workspace_limits").await?;
    let socket = hello(&north, &again.token).await?;
    lock.wait_for_reader().await?;
    let request = north.server.request(Method::POST, "/api/v1/blocks");
    let block = json!({ "visitor_id": again.visitor_id, "note": "Spam" });
    let blocked = request.bearer_auth(&north.ada_token).json(&block);
    assert_eq!(blocked.send().await?.status(), 201);
    lock.release().await?;
    assert_closed_without_welcome(socket, 4504).await
}
