//! File handles: many connections leave some for monitoring and for members.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use reqwest::{Client, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};

use crate::process::Process;

/// Opens this many connections from a local address.
async fn open(server: SocketAddr, from: Ipv4Addr, count: usize) -> Result<Vec<TcpStream>> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        streams.push(socket.connect(server).await?);
    }
    Ok(streams)
}

/// The number of connections that the server has not closed.
async fn count_open(streams: &mut [TcpStream], http: &Client, ready: &str) -> Result<usize> {
    // Connections are accepted in order: the earlier ones were accepted.
    http.get(ready).send().await?;
    let mut open = 0;
    for stream in streams {
        let read = std::pin::pin!(stream.read_u8());
        open += usize::from(futures_util::poll!(read).is_pending());
    }
    Ok(open)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_leave_file_handles_for_monitoring_and_members() -> Result<()> {
    let data = TempDir::new()?;
    let arguments = ["--trusted-proxies", "", "--log", "info"];
    let mut server = Process::with_files(data.path(), &arguments, Some("-n 256"))?;
    let warning = server.line_with("limit of open files is low")?;
    assert!(warning.contains("handles=256"), "{warning}");
    let ready = server.url("/readyz");
    let person = json!({ "name": "Ada", "email": "ada@north.example", "password": "Rings-2-bells",
        "workspace": "North", "site": "Shop", "allowed_origins": [] });
    let post = async |path: &str, body: &serde_json::Value| {
        let request = Client::new().post(server.url(path)).json(body);
        anyhow::Ok(request.header("x-deskbell", "1").send().await?)
    };
    let created = post("/api/v1/setup", &person).await?;
    assert_eq!(created.status(), StatusCode::CREATED);
    let done: serde_json::Value = created.json().await?;
    let visitor = json!({ "site_key": done["site"]["key"] });
    assert_eq!(
        post("/api/v1/visitors", &visitor).await?.status(),
        StatusCode::OK
    );

    let address: SocketAddr = server.address.parse()?;
    let mut crowds = Vec::new();
    for last in 2..8 {
        let mut crowd = open(address, Ipv4Addr::new(127, 0, 0, last), 100).await?;
        let open = count_open(&mut crowd, &Client::new(), &ready).await?;
        assert!(open <= 84, "127.0.0.{last} has {open}");
        crowds.push(crowd);
    }
    assert_eq!(
        Client::new().get(&ready).send().await?.status(),
        StatusCode::OK
    );
    let turned_away = post("/api/v1/visitors", &visitor).await?;
    assert_eq!(turned_away.status(), StatusCode::SERVICE_UNAVAILABLE);
    let ada = json!({ "email": "ada@north.example", "password": "Rings-2-bells" });
    let signed_in = post("/api/v1/auth/sign-in", &ada).await?;
    assert_eq!(signed_in.status(), StatusCode::OK);
    let token = deskbell_testkit::server::cookie(&signed_in, "deskbell_access");
    let request = Client::new().get(server.url("/api/v1/conversations"));
    let response = request
        .bearer_auth(token.unwrap_or_default())
        .send()
        .await?;
    assert_eq!(response.status(), StatusCode::OK);
    drop(crowds);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() -> Result<()> {
    let data = TempDir::new()?;
    let server = Process::with_files(data.path(), &[], Some("-S -n 200; ulimit -H -n 700"))?;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id()))?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let numbers: Vec<_> = line.unwrap_or_default().split_whitespace().collect();
    assert_eq!(numbers.get(3..5), Some(&["700", "700"][..]), "{limits}");
    Ok(())
}
