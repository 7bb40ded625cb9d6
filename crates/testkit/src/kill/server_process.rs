//! The server as a process that can be killed and started again on the same port and data.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use deskbell_protocol::UnixMs;
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::visitors::VisitorToken;
use deskbell_store::Store;
use deskbell_testkit_db::child_process::ChildGuard;
use deskbell_testkit_db::free_port::free_address;
use deskbell_testkit_db::nats::Nats;
use deskbell_testkit_db::postgres_proxy::PostgresProxy;
use reqwest::Response;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::server::{cookie, sign_with_expiry};

/// The timeout of a start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// The server's demo workspace.
const SITE_KEY: &str = "demo";
const PASSWORD: &str = "Ada-rings-2-bells";
/// The expiry of the tokens of a run: long after it, in the year 2100.
const TOKEN_EXPIRY: UnixMs = 4_102_444_800;

/// The secret of all nodes.
const SECRET: [u8; 64] = [7; 64];

pub(super) struct ServerProcess {
    binary: PathBuf,
    address: SocketAddr,
    data: TempDir,
    database_url: Option<String>,
    /// The database URL for the server, if it differs: through the proxy.
    proxied_url: Option<String>,
    nats_url: Option<String>,
    http: reqwest::Client,
    child: Option<ChildGuard>,
    /// Older releases create no demo conversations and have no flag to disable them.
    has_demo_flag: bool,
}

impl ServerProcess {
    pub(super) fn new(binary: PathBuf, database_url: Option<String>) -> Result<Self> {
        ensure!(
            binary.is_file(),
            "there is no server at {}: build it with `cargo build -p deskbell`",
            binary.display()
        );
        let help = Command::new(&binary).args(["serve", "--help"]).output()?;
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        Ok(Self {
            binary,
            has_demo_flag: help.contains("--demo-conversations"),
            address: free_address().context("no port is free")?,
            data: TempDir::with_prefix("deskbell-kill-")?,
            database_url,
            proxied_url: None,
            nats_url: None,
            http: reqwest::Client::builder()
                .pool_max_idle_per_host(0)
                .build()?,
            child: None,
        })
    }

    pub(super) fn use_postgres_proxy(&mut self, proxy: &PostgresProxy) {
        self.proxied_url = self.database_url.as_ref().map(|url| proxy.through(url));
    }

    /// Configures the server as one of several nodes, which share a secret.
    pub(super) fn use_nats(&mut self, nats: &Nats) -> Result<()> {
        self.nats_url = Some(nats.url());
        Ok(std::fs::write(self.data.path().join("secret.key"), SECRET)?)
    }

    /// The address of the server.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts the server and waits until it is ready. If it exits before, because its database is
    /// not available, it is started again; returns how often that happened.
    pub(super) async fn start(&mut self) -> Result<u32> {
        let started_at = Instant::now();
        let mut failed = 0;
        self.child = Some(self.spawn()?);
        while !self.is_ready().await {
            ensure!(
                started_at.elapsed() < START_TIMEOUT,
                "the server does not get ready; its log:\n{}",
                self.log()
            );
            if let Some(child) = &mut self.child
                && child.has_ended()?
            {
                failed += 1;
                sleep(POLL_INTERVAL * 5).await;
                self.child = Some(self.spawn()?);
            }
            sleep(POLL_INTERVAL).await;
        }
        Ok(failed)
    }

    /// Kills the server with SIGKILL, which it cannot handle.
    pub(super) fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
        }
        Ok(())
    }

    /// Freezes the process (SIGSTOP), if it runs.
    pub(super) fn freeze(&self) -> Result<()> {
        Ok(self.child.as_ref().map_or(Ok(()), ChildGuard::freeze)?)
    }

    /// Resumes the process (SIGCONT), if it runs.
    pub(super) fn resume(&self) -> Result<()> {
        Ok(self.child.as_ref().map_or(Ok(()), ChildGuard::resume)?)
    }

    /// Opens its database directly.
    pub(super) async fn store(&self) -> Result<Store> {
        Ok(match &self.database_url {
            Some(url) => Store::open_postgres(url).await?,
            None => Store::open_sqlite(&self.data.path().join("deskbell.db")).await?,
        })
    }

    /// Gets the token of a new visitor.
    pub(super) async fn visitor_token(&self) -> Result<String> {
        let body = json!({ "site_key": SITE_KEY });
        let response = self.post("/api/v1/visitors", body).await?;
        Ok(response.json::<VisitorToken>().await?.token)
    }

    /// Signs in an agent of the demo workspace, with a token that outlives the run.
    pub(super) async fn sign_in(&self, name: &str) -> Result<(Me, String)> {
        let body =
            json!({ "email": format!("{name}@demo.deskbell.example"), "password": PASSWORD });
        let response = self
            .post("/api/v1/auth/sign-in", body)
            .await
            .context("the database must be empty at the start")?;
        let token = cookie(&response, "deskbell_access").context("signing in gives a token")?;
        let secret = std::fs::read(self.data.path().join("secret.key"))?;
        Ok((
            response.json().await?,
            sign_with_expiry(&secret, &token, TOKEN_EXPIRY)?,
        ))
    }

    /// Makes the data and the log outlive this process; returns their folder.
    pub(super) fn preserve_data(&mut self) -> PathBuf {
        self.data.disable_cleanup(true);
        self.data.path().to_owned()
    }

    fn spawn(&self) -> Result<ChildGuard> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.data.path().join("log"))?;
        let mut command = Command::new(&self.binary);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DESKBELL_") {
                command.env_remove(name);
            }
        }
        command
            .args(["serve", "--demo", "--bcrypt-cost", "4", "--limits", "off"])
            .args(["--log", "warn"])
            .args(["--listen", &self.address.to_string()])
            .arg("--data")
            .arg(self.data.path());
        if self.has_demo_flag {
            command.args(["--demo-conversations", "false"]);
        }
        if let Some(url) = self.proxied_url.as_ref().or(self.database_url.as_ref()) {
            command.args(["--database-url", url]);
        }
        if let Some(url) = &self.nats_url {
            command.args(["--nats-url", url]);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        ChildGuard::spawn(&mut command)
            .with_context(|| format!("{} cannot be started", self.binary.display()))
    }

    async fn is_ready(&self) -> bool {
        let request = self.http.get(format!("http://{}/readyz", self.address));
        let response = request.timeout(Duration::from_secs(1)).send().await;
        response.is_ok_and(|response| response.status().is_success())
    }

    async fn post(&self, path: &str, body: Value) -> Result<Response> {
        let request = self
            .http
            .post(format!("http://{}{path}", self.address))
            .header("x-deskbell", "1");
        Ok(request.json(&body).send().await?.error_for_status()?)
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}
