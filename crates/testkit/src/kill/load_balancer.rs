//! A TCP load balancer in front of several nodes, which forwards each connection to a running one.
//!
//! It does not parse the traffic, and connections of one client may reach different nodes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(super) struct LoadBalancer {
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl LoadBalancer {
    pub(super) async fn start(nodes: Vec<SocketAddr>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(serve(listener, nodes.into()));
        Ok(Self { address, task })
    }
}

impl Drop for LoadBalancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, nodes: Arc<[SocketAddr]>) {
    let next = Arc::new(AtomicUsize::new(0));
    while let Ok((client, _)) = listener.accept().await {
        let (nodes, next) = (Arc::clone(&nodes), Arc::clone(&next));
        tokio::spawn(async move {
            let first = next.fetch_add(1, Ordering::Relaxed);
            // If no node is running, the client's connection ends and the client retries.
            if let Some(node) = connect(&nodes, first).await {
                forward(client, node).await;
            }
        });
    }
}

/// Connects to the next running node, round robin.
async fn connect(nodes: &[SocketAddr], first: usize) -> Option<TcpStream> {
    for index in first..first + nodes.len() {
        if let Ok(node) = TcpStream::connect(nodes[index % nodes.len()]).await {
            return Some(node);
        }
    }
    None
}

async fn forward(mut client: TcpStream, mut node: TcpStream) {
    // Without this option it is only slower.
    let _ = (client.set_nodelay(true), node.set_nodelay(true));
    // Either end may be killed at any time.
    let _ = copy_bidirectional(&mut client, &mut node).await;
}
