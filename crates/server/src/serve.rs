//! Accepts connections and speaks HTTP/1.1 on them.
//!
//! axum's own loop has neither a time for the head of a request nor a number of connections; a
//! server that anybody can reach needs both.

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use deskbell_domain::limits::Permit;
use deskbell_domain::networks;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};
use tower::ServiceExt;

use crate::app::App;
use crate::shutdown::shutdown_requested;

/// Timeout for the head of a request, also for the next one on the same connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Timeout of a write on which the client makes no progress.
const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Backoff after a failed accept: without file handles, others must be closed first.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// Serves until it is told to stop; then the requests under way are answered.
pub async fn serve(listener: TcpListener, app: App, router: Router) {
    // Closed when nobody listens to it any more: each connection does.
    let (connections, _) = watch::channel(());
    let mut stopping = app.stopping.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown_requested(&mut stopping) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if !is_of_one_connection(&error) {
                    tracing::error!(%error, "no connection can be accepted");
                    sleep(ACCEPT_BACKOFF).await;
                }
                continue;
            }
        };
        // Frames are small and go out at once; Nagle's algorithm would hold each back for the last.
        let _ = stream.set_nodelay(true);
        let permit = if networks::contain(&app.config.trusted_proxies, peer.ip()) {
            None
        } else {
            match app.core.limits.accept(peer.ip().into()) {
                Some(permit) => Some(permit),
                None => continue,
            }
        };
        let open = connections.subscribe();
        let serving = serve_connection(stream, permit, peer, router.clone(), app.stopping.clone());
        tokio::spawn(async move {
            serving.await;
            drop(open);
        });
    }
    drop(listener);
    connections.closed().await;
}

/// One connection, until it ends or is upgraded. What goes wrong on it is its client's to notice.
async fn serve_connection<S>(
    stream: S,
    permit: Option<Permit>,
    peer: SocketAddr,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_READ_TIMEOUT)
            .serve_connection(
                TokioIo::new(WriteTimeoutStream::new(stream, permit)),
                service
            )
            .with_upgrades()
    );
    tokio::select! {
        _ = connection.as_mut() => return,
        () = shutdown_requested(&mut stopping) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// A stream that holds a permit for as long as it is open, also as a WebSocket, and breaks when the
/// other side takes nothing for [`WRITE_STALL_TIMEOUT`].
struct WriteTimeoutStream<S> {
    stream: S,
    stalled: Option<Pin<Box<Sleep>>>,
    _permit: Option<Permit>,
}

impl<S> WriteTimeoutStream<S> {
    fn new(stream: S, permit: Option<Permit>) -> Self {
        Self {
            stream,
            stalled: None,
            _permit: permit,
        }
    }

    /// What a write came to, unless it has been waited for too long.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(WRITE_STALL_TIMEOUT)));
        stalled
            .as_mut()
            .poll(context)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeoutStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use axum::middleware;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;
    use crate::router::REQUEST_TIMEOUT;

    /// A connection to a server that answers with what was posted.
    fn connect() -> DuplexStream {
        let (client, server) = duplex(1_024);
        let router = Router::new()
            .route("/", post(async |body: String| body))
            .route("/long", get(async || "long ".repeat(1_000)))
            .layer(middleware::from_fn(crate::router::request_timeout));
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(async move {
            serve_connection(server, None, peer, router, stopping).await;
            drop(stop);
        });
        client
    }

    /// What is answered until the connection ends, and how long that took.
    async fn rest(mut client: DuplexStream) -> (String, Duration) {
        let begun = Instant::now();
        let mut answer = String::new();
        let _ = client.read_to_string(&mut answer).await;
        (answer, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_half_a_head_is_cut_off() {
        for head in ["", "POST / HT", "POST / HTTP/1.1\r\nhost: a\r\nx-slow: "] {
            let mut client = connect();
            client.write_all(head.as_bytes()).await.expect("written");
            let (answer, time) = rest(client).await;
            assert!(answer.is_empty() || answer.contains(" 408 "), "{answer}");
            assert_eq!(time.as_secs(), HEADER_READ_TIMEOUT.as_secs(), "{head}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_half_a_body_is_answered_and_cut_off() {
        let mut client = connect();
        let half = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf";
        client.write_all(half.as_bytes()).await.expect("written");
        let (answer, time) = rest(client).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(
            answer.contains(r#"{"code":"unavailable","message":"#),
            "{answer}"
        );
        assert_eq!(time.as_secs(), REQUEST_TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_take_its_answer_is_cut_off() {
        let mut client = connect();
        let request = "GET /long HTTP/1.1\r\nhost: a\r\n\r\n";
        client.write_all(request.as_bytes()).await.expect("written");
        let begun = Instant::now();
        // The other end is gone when nothing can be written to it any more.
        while client.write_all(b" ").await.is_ok() {
            assert!(begun.elapsed() < 2 * WRITE_STALL_TIMEOUT, "cut off by now");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(begun.elapsed() >= WRITE_STALL_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_drop_every_second_does_not_keep_a_head_alive() {
        let mut client = connect();
        let begun = Instant::now();
        while client.write_all(b"x").await.is_ok() {
            assert!(begun.elapsed() < 2 * HEADER_READ_TIMEOUT, "cut off by now");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    }
}
