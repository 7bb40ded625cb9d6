//! Several servers on one Postgres and one NATS.

use std::time::Duration;

use anyhow::{Context, Result};
use deskbell::config::Settings;
use deskbell_testkit_db::nats::{CREDENTIALS, Nats};
use futures_util::future::try_join_all;
use tokio::time::{sleep, timeout};

use crate::migrated;
use crate::server::TestServer;

/// A secret as the first node would have made it; all nodes are given it.
const SECRET: [u8; 64] = [7; 64];

/// NATS comes and goes, and is noticed, within this time.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(5);

/// Nodes of this process, which share a database, NATS and the secret.
pub struct Cluster {
    pub nodes: Vec<TestServer>,
    pub nats: Nats,
    settings: Settings,
}

impl Cluster {
    /// So many nodes, which hear each other.
    pub async fn new(count: usize) -> Result<Self> {
        Self::with(count, Settings::default()).await
    }

    /// With further settings.
    pub async fn with(count: usize, settings: Settings) -> Result<Self> {
        let nats = tokio::task::spawn_blocking(Nats::start).await??;
        Self::over(nats, count, settings).await
    }

    /// The same over this NATS.
    pub async fn over(nats: Nats, count: usize, settings: Settings) -> Result<Self> {
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
        cluster.is_linked(true).await?;
        Ok(cluster)
    }

    /// Another node; whether it hears the others is another question.
    pub async fn add_node(&mut self) -> Result<()> {
        let node = TestServer::node(self.settings.clone(), &SECRET).await?;
        self.nodes.push(node);
        Ok(())
    }

    /// A server on the same database that tells the nodes nothing, as if each time it died too soon.
    pub async fn mute_node(&self) -> Result<TestServer> {
        let mute = Settings {
            nats_url: None,
            ..self.settings.clone()
        };
        TestServer::node(mute, &SECRET).await
    }

    /// So many more, which start at the same time.
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

    /// Takes a node away: it stops as on SIGTERM.
    pub async fn stop_node(&mut self, index: usize) -> Result<()> {
        self.nodes.remove(index).stop().await
    }

    /// Waits until every node says that NATS is here, or that it is away.
    pub async fn is_linked(&self, wanted: bool) -> Result<()> {
        for node in &self.nodes {
            let waited = timeout(PATIENCE, is_linked(node, wanted)).await;
            waited.context("a node takes NATS for what it is not")??;
        }
        Ok(())
    }
}

async fn is_linked(node: &TestServer, wanted: bool) -> Result<()> {
    loop {
        let ready = node.get("/readyz").await?.error_for_status()?;
        if ready.text().await?.contains("away") != wanted {
            return Ok(());
        }
        sleep(GLANCE).await;
    }
}
