//! The way from the server to Postgres, which can break at the worst moment: what the server sent
//! still arrives and is carried out, what Postgres answers is lost. A commit may then have
//! happened or not, and the server cannot know.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::copy;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// After a break the server's words still arrive for so long.
const ONE_WAY: Duration = Duration::from_millis(30);

pub(super) struct Wire {
    address: SocketAddr,
    breaks: watch::Sender<u32>,
    task: JoinHandle<()>,
}

impl Wire {
    /// A wire to the throwaway cluster of this database URL.
    pub(super) async fn to(url: &str) -> Result<Self> {
        let socket = socket_of(url).context("the URL names a socket's folder")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let breaks = watch::Sender::new(0);
        let task = tokio::spawn(serve(listener, socket, breaks.clone()));
        Ok(Self {
            address,
            breaks,
            task,
        })
    }

    /// The same database at the other end of the wire.
    pub(super) fn through(&self, url: &str) -> String {
        let name = url.rsplit('/').next().unwrap_or_default();
        format!("postgres://postgres@{}/{name}", self.address)
    }

    /// Breaks every connection when called; new ones are made at once.
    pub(super) fn scissors(&self) -> impl FnOnce() + Send + 'static {
        let breaks = self.breaks.clone();
        move || breaks.send_modify(|count| *count += 1)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn socket_of(url: &str) -> Option<PathBuf> {
    let (_, rest) = url.split_once('@')?;
    let (folder, _) = rest.rsplit_once('/')?;
    Some(PathBuf::from(folder.replace("%2F", "/")).join(".s.PGSQL.5432"))
}

async fn serve(listener: TcpListener, socket: PathBuf, breaks: watch::Sender<u32>) {
    while let Ok((server, _)) = listener.accept().await {
        // Postgres may be away; then the server's connection ends as it would without us.
        if let Ok(postgres) = UnixStream::connect(&socket).await {
            tokio::spawn(pass(server, postgres, breaks.subscribe()));
        }
    }
}

async fn pass(server: TcpStream, postgres: UnixStream, mut breaks: watch::Receiver<u32>) {
    // Failing that, it is only slower.
    let _ = server.set_nodelay(true);
    let (mut from_server, mut to_server) = server.into_split();
    let (mut from_postgres, mut to_postgres) = postgres.into_split();
    let up = tokio::spawn(async move { copy(&mut from_server, &mut to_postgres).await });
    tokio::select! {
        _ = copy(&mut from_postgres, &mut to_server) => {}
        _ = breaks.changed() => sleep(ONE_WAY).await,
    }
    up.abort();
}
