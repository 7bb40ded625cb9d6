//! What carries our frames, with time limits.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use deskbell_protocol::{CloseCode, limits};
use futures_util::{SinkExt, poll};

use crate::realtime::parse::{Incoming, Misunderstanding, parse};
use crate::realtime::pipe::{Outgoing, Pipe};

/// A client that takes nothing for so long is gone or hostile.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// The client is gone, or too slow to be told.
pub(super) struct Gone;

/// One end of a conversation in frames, whatever carries them.
pub(crate) enum Connection {
    Socket(Box<WebSocket>),
    Pipe(Pipe),
}

impl Connection {
    /// The next frame. Safe to be dropped while it waits.
    pub(super) async fn receive(&mut self) -> Incoming {
        match self {
            Self::Socket(socket) => receive(socket).await,
            Self::Pipe(pipe) => match pipe.incoming.recv().await {
                Some(text) if text.len() > limits::FRAME_BYTES => Incoming::TooLarge,
                Some(text) => parse(&text),
                None => Incoming::Gone,
            },
        }
    }

    /// Queues a frame; [`Connection::flush`] sends all that are queued in one go.
    pub(super) async fn queue(&mut self, frame: Bytes) -> Result<(), Gone> {
        match self {
            Self::Socket(socket) => {
                let text = Utf8Bytes::try_from(frame).map_err(|_| Gone)?;
                within(socket.feed(Message::Text(text))).await
            }
            // Boxed, as sockets are most: what is larger here would be held by each of them.
            Self::Pipe(pipe) => {
                Box::pin(within(async { pipe.send(frame).await.ok_or(Gone) })).await
            }
        }
    }

    pub(super) async fn flush(&mut self) -> Result<(), Gone> {
        match self {
            Self::Socket(socket) => within(socket.flush()).await,
            Self::Pipe(_) => Ok(()),
        }
    }

    pub(super) async fn send(&mut self, frame: String) -> Result<(), Gone> {
        self.queue(frame.into()).await?;
        self.flush().await
    }

    /// Whether it is one without a socket.
    pub(super) fn is_poll(&self) -> bool {
        matches!(self, Self::Pipe(_))
    }

    /// Says why and hangs up.
    pub(super) async fn close(self, code: CloseCode) {
        match self {
            Self::Socket(socket) => close(*socket, code).await,
            Self::Pipe(pipe) => {
                let _ = within(pipe.outgoing.send(Outgoing::Close(code))).await;
            }
        }
    }
}

async fn receive(socket: &mut WebSocket) -> Incoming {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) if text.len() > limits::FRAME_BYTES => Incoming::TooLarge,
        Some(Ok(Message::Text(text))) => parse(&text),
        Some(Ok(Message::Binary(_))) => {
            let kind = Misunderstanding::Malformed("frames are text".to_owned());
            Incoming::NotUnderstood { id: None, kind }
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Incoming::Noise,
        Some(Err(error)) if is_too_large(&error) => Incoming::TooLarge,
        Some(Ok(Message::Close(_)) | Err(_)) | None => Incoming::Gone,
    }
}

async fn close(mut socket: WebSocket, code: CloseCode) {
    let frame = CloseFrame {
        code: code.code(),
        reason: format!("{code:?}").into(),
    };
    if within(socket.send(Message::Close(Some(frame))))
        .await
        .is_err()
    {
        return;
    }
    // Wait for the other side's close, or what is unread resets the connection before our
    // code has arrived.
    let drain = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = tokio::time::timeout(Duration::from_secs(2), drain).await;
}

async fn within<E>(write: impl Future<Output = Result<(), E>>) -> Result<(), Gone> {
    let mut write = pin!(write);
    // Nearly always there is room, and nobody has to look at the clock.
    let written = match poll!(&mut write) {
        Poll::Ready(written) => written,
        Poll::Pending => tokio::time::timeout(WRITE_TIMEOUT, write)
            .await
            .map_err(|_| Gone)?,
    };
    written.map_err(|_| Gone)
}

fn is_too_large(error: &axum::Error) -> bool {
    error.to_string().contains("too long")
}
