//! The transport of a session, a WebSocket or an in-process pipe, with write timeouts.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::Bytes;
use deskbell_base::limits::memory::{MemoryAccount, MemoryCharge, ReadMeter, of_buffer};
use deskbell_protocol::{CloseCode, limits};
use futures_util::{SinkExt, StreamExt, poll};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::realtime::parse::{Incoming, Misunderstanding, parse};
use crate::realtime::pipe::{Outgoing, Pipe};

/// A client that does not read for this long counts as gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum payload of one WebSocket frame in bytes. A longer message is fragmented, because the
/// stream copies each frame into a write buffer that never shrinks.
const FRAGMENT_BYTES: usize = 16 * 1024;

/// The WebSocket of an upgraded connection.
pub(crate) type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// The client is gone, or too slow.
pub(super) struct Gone;

/// The transport of a session.
pub(crate) enum Connection {
    Socket(Box<Socket>),
    Pipe(Pipe),
}

/// A WebSocket, and the memory that it makes the server hold: an incomplete frame of the client,
/// and frames that the client has not read.
pub(crate) struct Socket {
    stream: WebSocket,
    /// Counts bytes of an incomplete message.
    meter: Option<Arc<ReadMeter>>,
    /// Bytes of frames that are queued and not known to be written.
    queued: usize,
    /// Charged while a write waits for the client.
    charge: MemoryCharge,
}

impl Socket {
    /// A socket whose memory is charged to `account`.
    pub(crate) fn new(
        stream: WebSocket,
        meter: Option<Arc<ReadMeter>>,
        account: &MemoryAccount,
    ) -> Self {
        if let Some(meter) = &meter {
            meter.clear();
            meter.charge_to(account);
        }
        Self {
            stream,
            meter,
            queued: 0,
            charge: account.empty_charge(),
        }
    }

    async fn receive(&mut self) -> Incoming {
        let message = self.stream.next().await;
        if let Some(meter) = &self.meter {
            meter.clear();
        }
        incoming(message)
    }

    async fn queue(&mut self, frame: Bytes) -> Result<(), Gone> {
        self.queued += frame.len();
        let feed = feed_text(&mut self.stream, frame);
        within_charged(feed, self.queued, &mut self.charge).await
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        within_charged(self.stream.flush(), self.queued, &mut self.charge).await?;
        self.queued = 0;
        self.charge.set(0);
        Ok(())
    }
}

impl Connection {
    /// The next frame. Cancel-safe.
    pub(super) async fn receive(&mut self) -> Incoming {
        match self {
            Self::Socket(socket) => socket.receive().await,
            Self::Pipe(pipe) => match pipe.incoming.recv().await {
                Some(client) if client.text.len() > limits::FRAME_BYTES => Incoming::TooLarge,
                Some(client) => parse(&client.text),
                None => Incoming::Gone,
            },
        }
    }

    /// Queues a frame; [`Connection::flush`] sends all queued frames in one write.
    pub(super) async fn queue(&mut self, frame: Bytes) -> Result<(), Gone> {
        match self {
            Self::Socket(socket) => socket.queue(frame).await,
            // Boxed, because most connections are sockets, and each would have the size of the
            // larger variant.
            Self::Pipe(pipe) => {
                Box::pin(within(async { pipe.send(frame).await.ok_or(Gone) })).await
            }
        }
    }

    pub(super) async fn flush(&mut self) -> Result<(), Gone> {
        match self {
            Self::Socket(socket) => socket.flush().await,
            Self::Pipe(_) => Ok(()),
        }
    }

    pub(super) async fn send(&mut self, frame: String) -> Result<(), Gone> {
        self.queue(frame.into()).await?;
        self.flush().await
    }

    /// Whether it is a polling session.
    pub(super) fn is_poll(&self) -> bool {
        matches!(self, Self::Pipe(_))
    }

    /// Sends the close code and closes the connection.
    pub(super) async fn close(self, code: CloseCode) {
        match self {
            Self::Socket(socket) => close(socket.stream, code).await,
            Self::Pipe(pipe) => {
                let _ = within(pipe.outgoing.send(Outgoing::Close(code))).await;
            }
        }
    }
}

/// Queues a text message, in fragments if it is long. Not cancel-safe.
async fn feed_text(stream: &mut WebSocket, mut text: Bytes) -> Result<(), tungstenite::Error> {
    let mut kind = Data::Text;
    while text.len() > FRAGMENT_BYTES {
        let fragment = text.split_to(FRAGMENT_BYTES);
        feed_frame(stream, fragment, kind, false).await?;
        kind = Data::Continue;
    }
    feed_frame(stream, text, kind, true).await
}

async fn feed_frame(
    stream: &mut WebSocket,
    payload: Bytes,
    kind: Data,
    is_final: bool,
) -> Result<(), tungstenite::Error> {
    let frame = Frame::message(payload, OpCode::Data(kind), is_final);
    stream.feed(Message::Frame(frame)).await
}

fn incoming(message: Option<Result<Message, tungstenite::Error>>) -> Incoming {
    match message {
        Some(Ok(Message::Text(text))) if text.len() > limits::FRAME_BYTES => Incoming::TooLarge,
        Some(Ok(Message::Text(text))) => parse(&text),
        Some(Ok(Message::Binary(_))) => {
            let kind = Misunderstanding::Malformed("frames are text".to_owned());
            Incoming::NotUnderstood { id: None, kind }
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Incoming::ControlFrame,
        Some(Err(tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
            Incoming::TooLarge
        }
        // Single frames are only written, never read.
        Some(Ok(Message::Close(_) | Message::Frame(_)) | Err(_)) | None => Incoming::Gone,
    }
}

async fn close(mut socket: WebSocket, code: CloseCode) {
    let frame = CloseFrame {
        code: code.code().into(),
        reason: format!("{code:?}").into(),
    };
    if within(socket.send(Message::Close(Some(frame))))
        .await
        .is_err()
    {
        return;
    }
    // Waits for the other side's close; otherwise unread data resets the connection before our code
    // has arrived.
    let drain = async { while let Some(Ok(_)) = socket.next().await {} };
    let _ = tokio::time::timeout(Duration::from_secs(2), drain).await;
}

/// Waits for a write with a timeout, and charges its memory meanwhile. An address over its memory
/// quota loses the connection; its client reconnects and resumes.
async fn within_charged<E>(
    write: impl Future<Output = Result<(), E>>,
    bytes: usize,
    charge: &mut MemoryCharge,
) -> Result<(), Gone> {
    let mut write = pin!(write);
    // Usually there is room, and neither a timer nor a charge is needed.
    let written = match poll!(&mut write) {
        Poll::Ready(written) => written,
        Poll::Pending if !charge.set(of_buffer(bytes)) => return Err(Gone),
        Poll::Pending => tokio::time::timeout(WRITE_TIMEOUT, write)
            .await
            .map_err(|_| Gone)?,
    };
    written.map_err(|_| Gone)
}

async fn within<E>(write: impl Future<Output = Result<(), E>>) -> Result<(), Gone> {
    match tokio::time::timeout(WRITE_TIMEOUT, write).await {
        Ok(written) => written.map_err(|_| Gone),
        Err(_) => Err(Gone),
    }
}
