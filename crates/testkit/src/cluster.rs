//! Several servers on one Postgres and one NATS.

use std::time::Duration;

use anyhow::{Context, Result};
use deskbell::config::Settings;
use deskbell_testkit_db::nats::{CREDENTIALS, Nats};
use futures_util::future::try_join_all;
use tokio::time::{sleep, timeout};

use crate::migrated;
use crate::server::TestServer;

/// The shared secret of all nodes.
const SECRET: [u8; 64] = [7; 64];

/// The timeout within which nodes must notice that NATS has started or stopped.
const TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Nodes of this process that share a database, NATS and the secret.
pub struct Cluster {
    pub nodes: Vec<TestServer>,
    pub nats: Nats,
    settings: Settings,
}

impl Cluster {
    /// Starts this many connected nodes.
    pub async fn new(count: usize) -> Result<Self> {
        Self::with(count, Settings::default()).await
    }

    /// Starts nodes with these additional settings.
    pub async fn with(count: usize, settings: Settings) -> Result<Self> {
        let nats = tokio::task::spawn_blocking(Nats::start).await??;
        Self::with_nats(nats, count, settings).await
    }

    /// Starts nodes that use this NATS.
    pub async fn with_nats(nats: Nats, count: usize, settings: Settings) -> Result<Self> {
        let mut cluster = Self {
            nodes: Vec::new(),
            nats,
            settings,
        };
        cluster.settings.nats_url = Some(cluster.nats.url());
        cluster.settings.database_url = Some(migrated::postgres_url().await?);
        for _ in 0..count {
            cluster.add_node().await?;
        }
        cluster.wait_until_connected(true).await?;
        Ok(cluster)
    }

    /// Adds a node, without waiting until it is connected to the others.
    pub async fn add_node(&mut self) -> Result<()> {
        let node = TestServer::node(self.settings.clone(), &SECRET).await?;
        self.nodes.push(node);
        Ok(())
    }

    /// Starts a server on the same database that publishes nothing to the nodes, as if it died
    /// before each publication.
    pub async fn node_without_nats(&self) -> Result<TestServer> {
        let settings = Settings {
            nats_url: None,
            ..self.settings.clone()
        };
        TestServer::node(settings, &SECRET).await
    }

    /// Adds this many nodes, which start at the same time.
    pub async fn add_nodes(&mut self, count: usize) -> Result<()> {
        let start = || TestServer::node(self.settings.clone(), &SECRET);
        let nodes = try_join_all(std::iter::repeat_with(start).take(count)).await?;
        self.nodes.extend(nodes);
        Ok(())
    }

    /// A NATS client that is not a node.
    pub async fn nats_client(&self) -> Result<async_nats::Client> {
        let (user, password) = CREDENTIALS;
        let options = async_nats::ConnectOptions::new();
        let options = options.user_and_password(user.to_owned(), password.to_owned());
        Ok(options.connect(self.nats.address().to_string()).await?)
    }

    /// Stops a node as SIGTERM does.
    pub async fn stop_node(&mut self, index: usize) -> Result<()> {
        self.nodes.remove(index).stop().await
    }

    /// Waits until every node reports that NATS is connected, or that it is not.
    pub async fn wait_until_connected(&self, expected: bool) -> Result<()> {
        for node in &self.nodes {
            let waited = timeout(TIMEOUT, wait_until_connected(node, expected)).await;
            waited.context("a node reports the wrong state of NATS")??;
        }
        Ok(())
    }
}

async fn wait_until_connected(node: &TestServer, expected: bool) -> Result<()> {
    loop {
        let ready = node.get("/readyz").await?.error_for_status()?;
        if ready.text().await?.contains("away") != expected {
            return Ok(());
        }
        sleep(POLL_INTERVAL).await;
    }
}
