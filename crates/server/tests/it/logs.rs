//! The log: it contains each failure, and never a secret.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use deskbell_testkit::child_process::ChildGuard;
use deskbell_testkit::server::{PASSWORD, cookie, email};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The timeout of all waiting.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A server in its own process, because a process has one log.
struct Logged {
    child: ChildGuard,
    /// Reads all the time, because a server whose log is not read blocks.
    log: JoinHandle<std::io::Result<Vec<String>>>,
    address: String,
    http: Client,
    _data: TempDir,
}

impl Logged {
    fn start() -> Result<Self> {
        let data = TempDir::new()?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--registration", "open"])
            .args(["--bcrypt-cost", "4", "--log", "debug", "--data"])
            .arg(data.path())
            .stderr(Stdio::piped());
        let mut child = ChildGuard::spawn(&mut command)?;
        let mut log = BufReader::new(child.take_stderr().context("a pipe")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            anyhow::ensure!(log.read_line(&mut line)? > 0, "it listens");
            if let Some((_, address)) = line.split_once("listening address=") {
                break address.trim().to_owned();
            }
        };
        Ok(Self {
            child,
            log: std::thread::spawn(move || log.lines().collect()),
            address,
            http: Client::new(),
            _data: data,
        })
    }

    async fn post(&self, path: &str, body: Value) -> Result<Response> {
        let request = self.http.post(format!("http://{}{path}", self.address));
        let request = request
            .header("x-deskbell", "1")
            // Terminal control sequences, as far as a header can contain them.
            .header("x-request-id", &b"1\t\x9b31mred"[..])
            .header("user-agent", &b"Lynx\t\x9b31m ERROR forged: yes"[..]);
        Ok(request.json(&body).send().await?)
    }

    /// Stops the server; returns everything that it has logged since it listens.
    fn end(mut self) -> Result<Vec<String>> {
        self.child.kill()?;
        let lines = self.log.join();
        Ok(lines.map_err(|_| anyhow::anyhow!("the log was read"))??)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_each_mailed_link_once_no_other_secret_and_no_injected_line() -> Result<()> {
    let server = Logged::start()?;
    let setup = json!({ "name": "Ada", "email": email("Ada"), "password": PASSWORD,
        "workspace": "North", "site": "Shop", "allowed_origins": [] });
    let owner = server.post("/api/v1/setup", setup).await?;
    let access = cookie(&owner, "deskbell_access").context("signed in")?;
    let refresh = cookie(&owner, "deskbell_refresh").context("signed in")?;
    let forged = "eve@north.example\n2026-01-01T00:00:00Z ERROR forged: yes";
    for body in [
        json!({ "email": forged, "password": PASSWORD }),
        json!({ "email": "x\x1b[2J@north.example", "password": PASSWORD }),
    ] {
        server.post("/api/v1/auth/sign-in", body.clone()).await?;
        server.post("/api/v1/auth/forgot-password", body).await?;
    }
    server
        .post(
            "/api/v1/auth/%0a2026-01-01%20ERROR%20forged:%20yes%1b[31m?token=secret",
            json!({}),
        )
        .await?;
    let body = json!({ "email": email("Ada") });
    server.post("/api/v1/auth/forgot-password", body).await?;
    let begun = Instant::now();
    let seen = loop {
        anyhow::ensure!(begun.elapsed() < TIMEOUT, "it is written into the log");
        let request = server
            .http
            .get(format!("http://{}/api/v1/operator/mail", server.address));
        let seen: Value = request.bearer_auth(&access).send().await?.json().await?;
        // It was given up, which is logged.
        if seen[0]["attempts"] == 1 && seen[0]["next_at"].is_null() {
            break seen;
        }
    };
    let link = seen[0]["link"].as_str().context("a link")?.to_owned();
    let lines = server.end()?;
    assert!(lines.len() > 5, "{lines:#?}");
    let with_link: Vec<_> = lines.iter().filter(|line| line.contains(&link)).collect();
    assert_eq!(with_link.len(), 1, "{lines:#?}");
    assert!(with_link[0].contains("ada@north.example"));
    let (_, token) = link.split_once('#').context("a token")?;
    for line in &lines {
        assert!(line.starts_with("20"), "begins with the time: {line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(!line.contains(" ERROR "), "{line}");
        for secret in [PASSWORD, &access, &refresh, "token=secret"] {
            assert!(!line.contains(secret), "{line}");
        }
        assert!(line.contains(&link) || !line.contains(token), "{line}");
    }
    Ok(())
}
