//! The cluster transport over core NATS, which stores nothing and confirms nothing.
//!
//! A worker serves one connection at a time. When a connection ends, all its state is dropped, and
//! the next one starts with an empty state: it subscribes to all workspaces that have sessions, sends itself an
//! echo and waits for it. NATS processes the commands of a connection in order, so once the echo
//! has returned the subscriptions before it are in effect, and the packets before it have reached
//! NATS. Packets without a later echo may be lost when a connection ends; their workspaces are asked
//! to resync once there is a connection.
//!
//! Subjects, below the installation's prefix: `w.<workspace>` for packets about a workspace, `nodes`
//! for heartbeats, `n.<node>.<connection>` for a node's echoes, `q.<node>` for requests to it.

mod connection;
mod peers;
mod rpc;

use std::time::Duration;

use async_nats::{Client, ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::{ClusterReceiver, Hub};
use connection::{Connection, ConnectionLost};
use peers::Peers;
pub use rpc::{NodeRpcClient, NodeRpcHandler};

/// The reconnect backoff: at first, and at most.
const MIN_BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The timeout for sending the last packets on shutdown.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The address of NATS and the prefix of the subjects.
#[derive(Clone, Debug)]
pub struct Options {
    /// `nats://` or `tls://`, with a user and a password or a token before the host if need be.
    pub url: Url,
    /// The same on all nodes of an installation, and another for each installation.
    pub prefix: String,
}

/// A running transport.
pub struct NatsTransport {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    rpc: NodeRpcClient,
}

/// Starts to exchange packets with the other nodes, and to handle their requests. Returns at once;
/// NATS need not be reachable.
pub fn start(
    hub: Hub,
    receiver: ClusterReceiver,
    options: Options,
    handler: NodeRpcHandler,
) -> NatsTransport {
    let (stop, stopping) = watch::channel(false);
    let (clients, client) = watch::channel(None);
    let rpc = NodeRpcClient {
        node: receiver.node(),
        prefix: options.prefix.clone(),
        client,
    };
    let worker = Worker {
        hub,
        receiver,
        options,
        handler,
        clients,
        peers: Peers::default(),
    };
    let task = tokio::spawn(worker.run(stopping));
    NatsTransport { stop, task, rpc }
}

impl NatsTransport {
    /// A client for requests to other nodes.
    pub fn rpc_client(&self) -> NodeRpcClient {
        self.rpc.clone()
    }

    /// Waits for the end of the worker, which ends without a stop request only if it panics.
    pub async fn ended(&mut self) {
        // The result does not matter.
        let _ = (&mut self.task).await;
    }

    /// Sends the queued packets, notifies the other nodes that this one stops, and disconnects.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(CLOSE_TIMEOUT, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}

struct Worker {
    hub: Hub,
    receiver: ClusterReceiver,
    options: Options,
    handler: NodeRpcHandler,
    /// The client of the current connection.
    clients: watch::Sender<Option<Client>>,
    peers: Peers,
}

impl Worker {
    async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let node = self.receiver.node();
        let mut backoff = MIN_BACKOFF;
        let mut was_logged = false;
        for number in 0.. {
            let opened = tokio::select! {
                opened = Connection::open(&self.options.url, &self.options.prefix, node, number) => opened,
                () = stop_requested(&mut stopping) => return,
            };
            let why = match opened {
                Ok(mut connection) => {
                    let end = self.serve(&mut connection, &mut stopping).await;
                    self.clients.send_replace(None);
                    self.receiver.set_disconnected(connection.unconfirmed());
                    if connection.was_connected() {
                        backoff = MIN_BACKOFF;
                        was_logged = false;
                    }
                    match end {
                        Ok(()) => return,
                        Err(ConnectionLost(why)) => why,
                    }
                }
                Err(error) => format!("{error:#}"),
            };
            if !std::mem::replace(&mut was_logged, true) {
                tracing::warn!(
                    why,
                    "not connected to NATS: events stay on this node until it reconnects"
                );
            }
            tokio::select! {
                () = tokio::time::sleep(node.jitter(backoff)) => {}
                () = stop_requested(&mut stopping) => return,
            }
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    async fn serve(
        &mut self,
        connection: &mut Connection,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result<(), ConnectionLost> {
        connection.establish(&self.hub, &self.receiver).await?;
        self.clients.send_replace(Some(connection.client()));
        connection
            .run(
                &self.hub,
                &mut self.receiver,
                &mut self.peers,
                &self.handler,
                stopping,
            )
            .await
    }
}

async fn stop_requested(stopping: &mut watch::Receiver<bool>) {
    // The sender is dropped only with the server, which is a stop request, too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// The client never reconnects by itself, because packets could be lost unnoticed in between.
fn connect_options(url: &Url) -> (std::io::Result<ServerAddr>, ConnectOptions) {
    let mut options = ConnectOptions::new()
        .name("deskbell")
        .max_reconnects(1)
        .ignore_discovered_servers()
        .connection_timeout(CONNECT_TIMEOUT)
        .subscription_capacity(connection::SUBSCRIPTION_CAPACITY);
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    options = match (url.username(), url.password()) {
        ("", _) => options,
        (token, None) => options.token(decode(token)),
        (user, Some(password)) => options.user_and_password(decode(user), decode(password)),
    };
    (ServerAddr::from_url(url.clone()), options)
}
