//! Several servers on one Postgres and one NATS.

use anyhow::{Context, Result};

use crate::nats::Nats;
use crate::postgres;
use crate::server::TestServer;

/// A secret as the first node would have made it; all nodes are given it.
const SECRET: [u8; 64] = [7; 64];

/// Nodes of this process, which share a database, NATS and the secret.
pub struct Cluster {
    pub nodes: Vec<TestServer>,
    pub nats: Nats,
    database_url: String,
}

impl Cluster {
    /// So many nodes, which hear each other.
    pub async fn new(count: usize) -> Result<Self> {
        let nats = tokio::task::spawn_blocking(Nats::start).await??;
        let mut cluster = Self {
            nodes: Vec::new(),
            nats,
            database_url: tokio::task::spawn_blocking(postgres::new_database).await?,
        };
        for _ in 0..count {
            cluster.add_node().await?;
        }
        cluster.is_linked(true).await?;
        Ok(cluster)
    }

    /// Another node; whether it hears the others is another question.
    pub async fn add_node(&mut self) -> Result<()> {
        let settings = deskbell::config::Settings {
            database_url: Some(self.database_url.clone()),
            nats_url: Some(self.nats.url()),
            ..Default::default()
        };
        let node = TestServer::node(settings, &SECRET).await?;
        self.nodes.push(node);
        Ok(())
    }

    /// Takes a node away: it stops as on SIGTERM.
    pub async fn stop_node(&mut self, index: usize) -> Result<()> {
        self.nodes.remove(index).stop().await
    }

    /// Waits until every node says that NATS is here, or that it is away.
    pub async fn is_linked(&self, wanted: bool) -> Result<()> {
        for node in &self.nodes {
            let is_as_wanted = async {
                loop {
                    let ready = node.get("/readyz").await?.error_for_status()?;
                    if ready.text().await?.contains("away") != wanted {
                        return Ok(());
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            };
            let patience = std::time::Duration::from_secs(20);
            tokio::time::timeout(patience, is_as_wanted)
                .await
                .context("NATS is not as it should be")?
                .map_err(|error: anyhow::Error| error)?;
        }
        Ok(())
    }
}
