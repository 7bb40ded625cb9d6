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
//! `nodes` for signs of life, `n.<node>` for a node's echoes.

mod link;
mod peers;

use std::time::Duration;

use async_nats::{ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::{Hub, Line};
use link::{End, Link};
use peers::Peers;

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
    pub urls: Vec<Url>,
    /// The same on all nodes of an installation, and another for each installation.
    pub prefix: String,
}

/// A carrier at work.
pub struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Carries the hub's packets from now on. Returns at once: NATS may be away.
pub fn start(hub: Hub, line: Line, options: Options) -> Running {
    let (stop, stopping) = watch::channel(false);
    let task = tokio::spawn(run(hub, line, options, stopping));
    Running { stop, task }
}

impl Running {
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

async fn run(hub: Hub, mut line: Line, options: Options, mut stopping: watch::Receiver<bool>) {
    let mut peers = Peers::default();
    let mut pause = PAUSE;
    let mut was_told = false;
    for url in options.urls.iter().cycle() {
        let linked = tokio::select! {
            linked = Link::open(url, &options.prefix, line.node()) => linked,
            () = told_to_stop(&mut stopping) => return,
        };
        let why = match linked {
            Ok(mut link) => {
                let end = link.serve(&hub, &mut line, &mut peers, &mut stopping).await;
                line.go_down(link.unproven());
                if link.was_up() {
                    pause = PAUSE;
                    was_told = false;
                }
                match end {
                    End::Stopped => return,
                    End::Lost(why) => why,
                }
            }
            Err(error) => format!("{error:#}"),
        };
        if !std::mem::replace(&mut was_told, true) {
            tracing::warn!(why, "NATS is away: each node goes on for its own clients");
        }
        tokio::select! {
            () = tokio::time::sleep(line.node().somewhat(pause)) => {}
            () = told_to_stop(&mut stopping) => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
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
