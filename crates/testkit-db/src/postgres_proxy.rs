//! A proxy between the server and Postgres that can lose the answer to a commit: Postgres commits,
//! but the server cannot know whether it has.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream, tcp, unix};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How long data of the server still arrives after a break.
const HALF_OPEN: Duration = Duration::from_millis(30);
/// The timeout of the wait for a commit.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The start of a commit in the simple query protocol.
const COMMIT: &[u8] = b"COMMIT";

/// The proxy; dropping it closes all connections.
pub struct PostgresProxy {
    address: SocketAddr,
    faults: Faults,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Faults {
    /// The next commit after these bytes on the same connection is interrupted (empty: any commit).
    /// `None`: no commit is.
    marker: Arc<Mutex<Option<&'static [u8]>>>,
    /// Whether nothing is forwarded any more, without an error.
    is_frozen: Arc<AtomicBool>,
    breaks: watch::Sender<u32>,
}

impl PostgresProxy {
    /// Starts a proxy to the throwaway cluster of this database URL.
    pub async fn start(url: &str) -> Result<Self> {
        let socket = socket_of(url).context("the URL names a socket's folder")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let faults = Faults {
            marker: Arc::default(),
            is_frozen: Arc::default(),
            breaks: watch::Sender::new(0),
        };
        let task = tokio::spawn(serve(listener, socket, faults.clone()));
        Ok(Self {
            address,
            faults,
            task,
        })
    }

    /// The URL of the same database through the proxy.
    pub fn through(&self, url: &str) -> String {
        let name = url.rsplit('/').next().unwrap_or_default();
        format!("postgres://postgres@{}/{name}", self.address)
    }

    /// Freezes the database: connections stay open, new ones are accepted, nothing is answered.
    pub fn freeze(&self) {
        self.faults.is_frozen.store(true, Ordering::Relaxed);
    }

    /// Breaks every connection when the server next commits; new connections work at once. The
    /// future ends when that has happened, or when nobody commits.
    pub fn lose_commit_reply(&self) -> impl Future<Output = ()> + Send + use<> {
        self.lose_commit_reply_after("")
    }

    /// The same for the next commit of a transaction that has sent this text as a value. Commits of
    /// background workers are left alone.
    pub fn lose_commit_reply_after(
        &self,
        text: &'static str,
    ) -> impl Future<Output = ()> + Send + use<> {
        let faults = self.faults.clone();
        async move {
            let mut breaks = faults.breaks.subscribe();
            faults.arm(text.as_bytes());
            // Without a commit nothing breaks.
            let _ = timeout(TIMEOUT, breaks.changed()).await;
            faults.disarm();
        }
    }
}

impl Faults {
    fn arm(&self, marker: &'static [u8]) {
        *self.marker() = Some(marker);
    }

    /// Returns whether a commit was still to be interrupted.
    fn disarm(&self) -> bool {
        self.marker().take().is_some()
    }

    /// Whether these bytes belong to the transaction whose commit is to be interrupted.
    fn is_marked(&self, data: &[u8]) -> bool {
        let marker = *self.marker();
        marker.is_some_and(|marker| {
            marker.is_empty() || data.windows(marker.len()).any(|part| part == marker)
        })
    }

    fn marker(&self) -> MutexGuard<'_, Option<&'static [u8]>> {
        self.marker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PostgresProxy {
    fn drop(&mut self) {
        self.task.abort();
        self.faults.breaks.send_modify(|count| *count += 1);
    }
}

fn socket_of(url: &str) -> Option<PathBuf> {
    let (_, rest) = url.split_once('@')?;
    let (folder, _) = rest.rsplit_once('/')?;
    Some(PathBuf::from(folder.replace("%2F", "/")).join(".s.PGSQL.5432"))
}

async fn serve(listener: TcpListener, socket: PathBuf, faults: Faults) {
    while let Ok((server, _)) = listener.accept().await {
        // If Postgres is not reachable, the server's connection ends as it would without the proxy.
        if let Ok(postgres) = UnixStream::connect(&socket).await {
            tokio::spawn(forward(server, postgres, faults.clone()));
        }
    }
}

async fn forward(server: TcpStream, postgres: UnixStream, faults: Faults) {
    // Without this option it is only slower.
    let _ = server.set_nodelay(true);
    let (from_server, mut to_server) = server.into_split();
    let (from_postgres, to_postgres) = postgres.into_split();
    let mut breaks = faults.breaks.subscribe();
    let is_silent = Arc::new(AtomicBool::new(false));
    let silent = Arc::clone(&is_silent);
    let forwarder = tokio::spawn(forward_to_postgres(
        from_server,
        to_postgres,
        faults,
        silent,
    ));
    tokio::select! {
        biased;
        _ = breaks.changed() => sleep(HALF_OPEN).await,
        () = forward_to_server(from_postgres, &mut to_server, &is_silent) => {}
    }
    forwarder.abort();
}

/// Forwards the answers of Postgres until the connection is silent.
async fn forward_to_server(
    mut postgres: unix::OwnedReadHalf,
    server: &mut tcp::OwnedWriteHalf,
    is_silent: &AtomicBool,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = postgres.read(&mut bytes).await {
        let is_silent = is_silent.load(Ordering::Relaxed);
        if !is_silent && server.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// Forwards the server's data. A commit in it makes the connection silent if the proxy is armed, and breaks all
/// connections once Postgres has it.
async fn forward_to_postgres(
    mut server: tcp::OwnedReadHalf,
    mut postgres: unix::OwnedWriteHalf,
    faults: Faults,
    is_silent: Arc<AtomicBool>,
) {
    let mut bytes = vec![0; 16 * 1024];
    let mut is_marked = false;
    while let Ok(count @ 1..) = server.read(&mut bytes).await {
        if faults.is_frozen.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        let data = &bytes[..count];
        is_marked |= faults.is_marked(data);
        let mut is_lost = false;
        if data.windows(COMMIT.len()).any(|part| part == COMMIT) {
            is_lost = is_marked && faults.disarm();
            is_marked = false;
        }
        if is_lost {
            is_silent.store(true, Ordering::Relaxed);
        }
        if postgres.write_all(data).await.is_err() {
            return;
        }
        // Only now, because a break aborts this task.
        if is_lost {
            faults.breaks.send_modify(|count| *count += 1);
        }
    }
}
