//! The HTTP server: accepts connections and serves HTTP/1.1 on them.
//!
//! axum's own loop has no timeout and no size limit of a request's head, and no limit of
//! connections; a server on the internet needs all of them.

mod unread_body;

use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use deskbell_base::limits::ConnectionPermit;
use deskbell_base::limits::memory::ReadMeter;
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
use crate::handles::{Reserved, Slot};
use crate::serve::unread_body::UnreadBody;
use crate::shutdown::shutdown_requested;

/// The timeout of a request's head, also of the next one on the same connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The same timeout on a reserved connection. It is shorter, because there are few.
const RESERVED_READ_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum size of a request's head in bytes. hyper allows 100 headers, and answers 431 to more of
/// either.
const HEAD_BYTES: usize = 16 * 1024;
/// A client that does not read an answer for this long counts as gone.
const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// The pause after a failure to accept a connection, until resources are free again.
const ACCEPT_BACKOFF: Duration = Duration::from_secs(1);

/// Serves until shutdown is requested; then requests in progress are answered.
pub async fn serve(listener: TcpListener, app: App, router: Router) {
    // Closed when no connection subscribes to it any more.
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
                    tracing::error!(%error, "cannot accept connections");
                    sleep(ACCEPT_BACKOFF).await;
                }
                continue;
            }
        };
        let Some(guard) = admit(&app, peer) else {
            continue;
        };
        // Frames are small and must go out at once; Nagle's algorithm would delay them.
        let _ = stream.set_nodelay(true);
        let open = connections.subscribe();
        let serving = serve_connection(stream, guard, peer, router.clone(), app.stopping.clone());
        tokio::spawn(async move {
            serving.await;
            drop(open);
        });
    }
    drop(listener);
    connections.closed().await;
}

/// The permits of a connection, for as long as it is open, even as a WebSocket.
#[derive(Default)]
struct ConnectionGuard {
    slot: Option<Slot>,
    /// `None` for a proxy: its clients have limits of their own.
    permit: Option<ConnectionPermit>,
}

/// Takes the permits of a new connection; `None`: it is closed at once.
fn admit(app: &App, peer: SocketAddr) -> Option<ConnectionGuard> {
    let is_proxy = app.config.proxies.contain(peer.ip());
    let address = (!is_proxy).then(|| peer.ip().into());
    let permit = match address {
        Some(address) => Some(app.core.limits.connection(address)?),
        None => None,
    };
    let slot = app.capacity.take(address)?;
    Some(ConnectionGuard {
        slot: Some(slot),
        permit,
    })
}

/// Serves one connection until it ends or is upgraded. Its errors affect its client only.
async fn serve_connection<S>(
    stream: S,
    guard: ConnectionGuard,
    peer: SocketAddr,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let is_reserved = guard.slot.as_ref().is_some_and(|slot| slot.is_reserved);
    let account = guard.permit.as_ref().map(|permit| &permit.account);
    let meter = Arc::new(ReadMeter::new(account));
    let stream = GuardedStream::new(stream, guard, Arc::clone(&meter));
    let service = service_fn(move |request: Request<Incoming>| {
        meter.clear();
        let (mut request, unread) = UnreadBody::of(request, Arc::clone(&meter));
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(peer));
        extensions.insert(Arc::clone(&meter));
        if is_reserved {
            extensions.insert(Reserved);
        }
        let response = router.clone().oneshot(request);
        async move {
            let response = response.await;
            match unread {
                Some(unread) => unread.finish(response).await,
                None => response,
            }
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(if is_reserved {
                RESERVED_READ_TIMEOUT
            } else {
                HEADER_READ_TIMEOUT
            })
            .keep_alive(!is_reserved)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service)
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

/// A stream that holds the permits of its connection, charges its address for unprocessed input,
/// and fails when the client reads nothing for [`WRITE_STALL_TIMEOUT`].
struct GuardedStream<S> {
    stream: S,
    stalled: Option<Pin<Box<Sleep>>>,
    meter: Arc<ReadMeter>,
    _guard: ConnectionGuard,
}

impl<S> GuardedStream<S> {
    fn new(stream: S, guard: ConnectionGuard, meter: Arc<ReadMeter>) -> Self {
        Self {
            stream,
            stalled: None,
            meter,
            _guard: guard,
        }
    }

    /// Passes on the result of a write, or a timeout if it has been pending for too long.
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

impl<S: AsyncRead + Unpin> AsyncRead for GuardedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let count = buffer.filled().len() - before;
        if count > 0 && !self.meter.read(count) {
            return Poll::Ready(Err(io::ErrorKind::QuotaExceeded.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for GuardedStream<S> {
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
    use axum::http::StatusCode;
    use axum::middleware;
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;
    use crate::router::REQUEST_TIMEOUT;

    /// Connects to a server that returns the posted body.
    fn connect() -> DuplexStream {
        let (client, server) = duplex(1_024);
        let router = Router::new()
            .route("/", post(async |body: String| body))
            .route("/long", get(async || "long ".repeat(1_000)))
            .route("/refused", post(async || StatusCode::FORBIDDEN))
            .layer(middleware::from_fn(crate::router::request_timeout));
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(async move {
            serve_connection(server, ConnectionGuard::default(), peer, router, stopping).await;
            drop(stop);
        });
        client
    }

    /// The answer until the connection ends, and how long that took.
    async fn rest(mut client: DuplexStream) -> (String, Duration) {
        let begun = Instant::now();
        let mut answer = String::new();
        let _ = client.read_to_string(&mut answer).await;
        (answer, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_half_a_head_is_disconnected() {
        for head in ["", "POST / HT", "POST / HTTP/1.1\r\nhost: a\r\nx-slow: "] {
            let mut client = connect();
            client.write_all(head.as_bytes()).await.expect("written");
            let (answer, time) = rest(client).await;
            assert!(answer.is_empty() || answer.contains(" 408 "), "{answer}");
            assert_eq!(time.as_secs(), HEADER_READ_TIMEOUT.as_secs(), "{head}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_half_a_body_is_answered_and_disconnected() {
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
    async fn a_client_that_does_not_read_its_answer_is_disconnected() {
        let mut client = connect();
        let request = "GET /long HTTP/1.1\r\nhost: a\r\n\r\n";
        client.write_all(request.as_bytes()).await.expect("written");
        let begun = Instant::now();
        // The other end is closed when writes fail.
        while client.write_all(b" ").await.is_ok() {
            assert!(begun.elapsed() < 2 * WRITE_STALL_TIMEOUT, "cut off by now");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(begun.elapsed() >= WRITE_STALL_TIMEOUT);
    }

    /// Sends a request that is refused without reading its body, then the parts of the body once the
    /// server has processed what came before, then another request. Returns all answers.
    async fn refused_and_next(head: &str, body: &[&str]) -> String {
        let mut client = connect();
        let head = format!("POST /refused HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n");
        client.write_all(head.as_bytes()).await.expect("written");
        for part in body {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            // The connection may be closed by now.
            let _ = client.write_all(part.as_bytes()).await;
        }
        let next =
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnext";
        let _ = client.write_all(next).await;
        rest(client).await.0
    }

    /// More turns than the server's tasks need to process their input.
    const TURNS: usize = 100;

    #[tokio::test(start_paused = true)]
    async fn a_refused_request_with_a_small_body_leaves_the_connection_usable() {
        for (head, body) in [
            ("content-length: 8", ["half", "half"]),
            (
                "transfer-encoding: chunked",
                ["4\r\nhalf\r\n", "4\r\nhalf\r\n0\r\n\r\n"],
            ),
        ] {
            let answers = refused_and_next(head, &body).await;
            assert!(answers.starts_with("HTTP/1.1 403 "), "{answers}");
            assert!(answers.contains("HTTP/1.1 200 OK"), "{head}: {answers}");
            assert!(answers.ends_with("next"), "{answers}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_request_with_a_large_slow_or_announced_body_closes_the_connection() {
        let large = "x".repeat(10_000);
        let large = format!("{:x}\r\n{large}\r\n", large.len()).repeat(10);
        for (head, body) in [
            ("content-length: 100000", "half"),
            ("content-length: 8", "half"),
            ("content-length: 8\r\nexpect: 100-continue", ""),
            ("transfer-encoding: chunked", large.as_str()),
        ] {
            let mut client = connect();
            let head = format!("POST /refused HTTP/1.1\r\nhost: a\r\n{head}\r\n\r\n");
            client.write_all(head.as_bytes()).await.expect("written");
            let _ = client.write_all(body.as_bytes()).await;
            let (answer, time) = rest(client).await;
            assert!(answer.starts_with("HTTP/1.1 403 "), "{head}: {answer}");
            assert!(answer.contains("connection: close"), "{head}: {answer}");
            assert!(time.as_secs() <= 1, "{head}: {time:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_every_second_does_not_extend_the_time_for_a_head() {
        let mut client = connect();
        let begun = Instant::now();
        while client.write_all(b"x").await.is_ok() {
            assert!(begun.elapsed() < 2 * HEADER_READ_TIMEOUT, "cut off by now");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    }
}
