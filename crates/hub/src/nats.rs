//! The carrier: core NATS, which keeps nothing and confirms nothing.
//!
//! One task serves one connection at a time. When that ends, everything about it ends, and the next
//! one begins anew: it listens to all workspaces that have sessions, sends itself an echo and waits
//! for it. NATS takes the lines of a connection in order, so once the echo is back the
//! subscriptions before it are in effect, and the packets before it have arrived at NATS. Packets
//! that no echo has followed when a connection ends may be lost, and their workspaces are told to
//! look again once there is a connection.
//!
//! Subjects, below the installation's own prefix: `w.<workspace>` for packets about a workspace,
//! `nodes` for signs of life, `n.<node>.<connection>` for a node's echoes, `q.<node>` for questions
//! to it.

mod link;
mod peers;
mod post;

use std::time::Duration;

use async_nats::{Client, ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::{Hub, Line};
use link::{Link, Lost};
use peers::Peers;
pub use post::{Answerer, Post};

/// How long it is waited between two attempts to connect: at first, and at most.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// On stopping, NATS may take so long to take the last packets.
const FAREWELL: Duration = Duration::from_secs(2);

/// Where NATS is and what our subjects begin with.
#[derive(Clone, Debug)]
pub struct Options {
    /// `nats://` or `tls://`, with a user and a password or a token before the host if need be.
    pub url: Url,
    /// The same on all nodes of an installation, and another for each installation.
    pub prefix: String,
}

/// A carrier at work.
pub struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    post: Post,
}

/// Carries the hub's packets from now on, and has other nodes' questions answered. Returns at once:
/// NATS may be away.
pub fn start(hub: Hub, line: Line, options: Options, answerer: Answerer) -> Running {
    let (stop, stopping) = watch::channel(false);
    let (clients, client) = watch::channel(None);
    let post = Post {
        node: line.node(),
        prefix: options.prefix.clone(),
        client,
    };
    let carrier = Carrier {
        hub,
        line,
        options,
        answerer,
        clients,
        peers: Peers::default(),
    };
    let task = tokio::spawn(carrier.run(stopping));
    Running { stop, task, post }
}

impl Running {
    /// Takes questions to other nodes.
    pub fn post(&self) -> Post {
        self.post.clone()
    }

    /// Ends with the carrier, which does so only if it panics: nobody has told it to stop.
    pub async fn ended(&mut self) {
        // However it has ended.
        let _ = (&mut self.task).await;
    }

    /// Sends what waits, says farewell to the other nodes and hangs up.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(FAREWELL, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}

struct Carrier {
    hub: Hub,
    line: Line,
    options: Options,
    answerer: Answerer,
    /// The client of the connection that there is.
    clients: watch::Sender<Option<Client>>,
    peers: Peers,
}

impl Carrier {
    async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let node = self.line.node();
        let mut pause = PAUSE;
        let mut was_told = false;
        for number in 0.. {
            let linked = tokio::select! {
                linked = Link::open(&self.options.url, &self.options.prefix, node, number) => linked,
                () = told_to_stop(&mut stopping) => return,
            };
            let why = match linked {
                Ok(mut link) => {
                    let end = self.serve(&mut link, &mut stopping).await;
                    self.clients.send_replace(None);
                    self.line.go_down(link.unproven());
                    if link.was_up() {
                        pause = PAUSE;
                        was_told = false;
                    }
                    match end {
                        Ok(()) => return,
                        Err(Lost(why)) => why,
                    }
                }
                Err(error) => format!("{error:#}"),
            };
            if !std::mem::replace(&mut was_told, true) {
                tracing::warn!(why, "NATS is away: each node goes on for its own clients");
            }
            tokio::select! {
                () = tokio::time::sleep(node.somewhat(pause)) => {}
                () = told_to_stop(&mut stopping) => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn serve(
        &mut self,
        link: &mut Link,
        stopping: &mut watch::Receiver<bool>,
    ) -> Result<(), Lost> {
        link.go_up(&self.hub, &self.line).await?;
        self.clients.send_replace(Some(link.client()));
        link.carry(
            &self.hub,
            &mut self.line,
            &mut self.peers,
            &self.answerer,
            stopping,
        )
        .await
    }
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // The sender is gone only when the server is: that is an order to stop, too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// The client never connects twice by itself, or it could not be told what was lost in between.
fn connect_options(url: &Url) -> (std::io::Result<ServerAddr>, ConnectOptions) {
    let mut options = ConnectOptions::new()
        .name("deskbell")
        .max_reconnects(1)
        .ignore_discovered_servers()
        .connection_timeout(CONNECT_TIMEOUT)
        .subscription_capacity(link::WAITING);
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    options = match (url.username(), url.password()) {
        ("", _) => options,
        (token, None) => options.token(decode(token)),
        (user, Some(password)) => options.user_and_password(decode(user), decode(password)),
    };
    (ServerAddr::from_url(url.clone()), options)
}
