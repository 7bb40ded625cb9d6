//! Kept connections: a request that is refused before its body is read does not break the next one.

use anyhow::{Context, Result};
use deskbell_testkit::server::Database;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::{North, on_both};

on_both!(
    a_refused_request_leaves_its_connection_usable_or_closes_it_openly,
    a_refused_request_whose_body_comes_late_closes_its_connection_openly,
);

const BODY: &str = r#"{"name":"Kept"}"#;

/// The status and the headers of a response.
struct Head {
    status: u16,
    headers: String,
}

/// A client that keeps its connection.
struct KeptConnection(BufReader<TcpStream>);

impl KeptConnection {
    async fn open(north: &North) -> Result<Self> {
        let stream = TcpStream::connect(north.server.host()).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    async fn send(&mut self, text: &str) -> Result<()> {
        Ok(self.0.write_all(text.as_bytes()).await?)
    }

    /// Receives a response with its body.
    async fn receive(&mut self) -> Result<Head> {
        let mut headers = String::new();
        while !headers.ends_with("\r\n\r\n") {
            let count = self.0.read_line(&mut headers).await?;
            anyhow::ensure!(count > 0, "the connection was closed after {headers:?}");
        }
        let headers = headers.to_lowercase();
        let length = headers.split("content-length: ").nth(1);
        let length = length.and_then(|rest| rest.lines().next()).unwrap_or("0");
        self.0.read_exact(&mut vec![0; length.parse()?]).await?;
        let status = headers.split(' ').nth(1).context("a status")?;
        Ok(Head {
            status: status.parse()?,
            headers,
        })
    }

    /// Sends a request that must succeed.
    async fn fetch_setup(&mut self, host: &str) -> Result<()> {
        let get = format!("GET /api/v1/setup HTTP/1.1\r\nhost: {host}\r\n\r\n");
        self.send(&get).await?;
        assert_eq!(self.receive().await?.status, 200);
        Ok(())
    }
}

/// The head of a request with [`BODY`].
fn head(north: &North, request: &str, headers: &str) -> String {
    format!(
        "{request} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n",
        north.server.host(),
        BODY.len()
    )
}

/// Requests that are refused before their body is read, with the status of the response.
fn refused(north: &North) -> Vec<(String, u16)> {
    let bearer = format!("authorization: Bearer {}\r\n", north.ada_token);
    let foreign = "origin: https://evil.example\r\nx-deskbell: 1\r\n";
    vec![
        (head(north, "POST /api/v1/sites", ""), 403),
        (head(north, "POST /api/v1/sites", foreign), 403),
        (head(north, "POST /api/v1/sites", "x-deskbell: 1\r\n"), 401),
        (head(north, "POST /api/v1/nothing", &bearer), 404),
        (head(north, "DELETE /api/v1/sites", &bearer), 404),
        (head(north, "POST /api/v1/operator/maintenance", ""), 404),
    ]
}

async fn a_refused_request_leaves_its_connection_usable_or_closes_it_openly(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let host = north.server.host();
    for (head, status) in refused(&north) {
        for _ in 0..5 {
            let mut client = KeptConnection::open(&north).await?;
            client.send(&head).await?;
            // The body is a packet of its own, which often arrives after the response is ready.
            tokio::task::yield_now().await;
            client.send(BODY).await?;
            let response = client.receive().await?;
            assert_eq!(response.status, status, "{head}");
            assert!(!response.headers.contains("connection: close"), "{head}");
            client.fetch_setup(&host).await?;
        }
    }
    Ok(())
}

async fn a_refused_request_whose_body_comes_late_closes_its_connection_openly(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let (head, status) = refused(&north).remove(0);
    let mut client = KeptConnection::open(&north).await?;
    client.send(&head).await?;
    let response = client.receive().await?;
    assert_eq!(response.status, status);
    assert!(
        response.headers.contains("connection: close"),
        "{}",
        response.headers
    );
    Ok(())
}
