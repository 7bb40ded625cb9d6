//! A proxy between the server and Postgres that breaks at the worst moment: a commit arrives and is
//! carried out, and its answer is lost, so that the server cannot know whether it has happened.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// After a break the server's words still arrive for so long.
const ONE_WAY: Duration = Duration::from_millis(30);
/// The server commits within this time, if anybody talks.
const PATIENCE: Duration = Duration::from_secs(1);
/// How a commit begins, in the simple query protocol.
const COMMIT: &[u8] = b"COMMIT";

/// The proxy; dropping it closes all connections.
pub struct PostgresProxy {
    address: SocketAddr,
    ends: Faults,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Faults {
    /// The next commit is to be cut off.
    is_armed: Arc<AtomicBool>,
    /// Nothing gets through any more, and nobody is told.
    is_frozen: Arc<AtomicBool>,
    breaks: watch::Sender<u32>,
}

impl PostgresProxy {
    /// A proxy to the throwaway cluster of this database URL.
    pub async fn to(url: &str) -> Result<Self> {
        let socket = socket_of(url).context("the URL names a socket's folder")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let ends = Faults {
            is_armed: Arc::default(),
            is_frozen: Arc::default(),
            breaks: watch::Sender::new(0),
        };
        let task = tokio::spawn(serve(listener, socket, ends.clone()));
        Ok(Self {
            address,
            ends,
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
        self.ends.is_frozen.store(true, Ordering::Relaxed);
    }

    /// Breaks every connection when the server next commits; new ones are made at once. Answers
    /// when it is done, or nobody commits.
    pub fn cut_off_a_commit(&self) -> impl Future<Output = ()> + Send + use<> {
        let ends = self.ends.clone();
        async move {
            let mut breaks = ends.breaks.subscribe();
            ends.is_armed.store(true, Ordering::Relaxed);
            // Nobody need commit: then nothing breaks.
            let _ = timeout(PATIENCE, breaks.changed()).await;
            ends.is_armed.store(false, Ordering::Relaxed);
        }
    }
}

impl Drop for PostgresProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn socket_of(url: &str) -> Option<PathBuf> {
    let (_, rest) = url.split_once('@')?;
    let (folder, _) = rest.rsplit_once('/')?;
    Some(PathBuf::from(folder.replace("%2F", "/")).join(".s.PGSQL.5432"))
}

async fn serve(listener: TcpListener, socket: PathBuf, ends: Faults) {
    while let Ok((server, _)) = listener.accept().await {
        // Postgres may be away; then the server's connection ends as it would without us.
        if let Ok(postgres) = UnixStream::connect(&socket).await {
            tokio::spawn(pass(server, postgres, ends.clone()));
        }
    }
}

async fn pass(server: TcpStream, postgres: UnixStream, ends: Faults) {
    // Failing that, it is only slower.
    let _ = server.set_nodelay(true);
    let (from_server, mut to_server) = server.into_split();
    let (mut from_postgres, to_postgres) = postgres.into_split();
    let mut breaks = ends.breaks.subscribe();
    let there = tokio::spawn(pass_on(from_server, to_postgres, ends));
    tokio::select! {
        biased;
        _ = breaks.changed() => sleep(ONE_WAY).await,
        _ = copy(&mut from_postgres, &mut to_server) => {}
    }
    there.abort();
}

/// What the server says arrives; its commit is the moment at which answers end.
async fn pass_on(mut server: OwnedReadHalf, mut postgres: OwnedWriteHalf, ends: Faults) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = server.read(&mut bytes).await {
        if ends.is_frozen.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        let said = &bytes[..count];
        if said.windows(COMMIT.len()).any(|part| part == COMMIT)
            && ends.is_armed.swap(false, Ordering::Relaxed)
        {
            ends.breaks.send_modify(|count| *count += 1);
        }
        if postgres.write_all(said).await.is_err() {
            return;
        }
    }
}
